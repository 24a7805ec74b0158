"""What the hook's tests share: living shells whose sessions last some seconds of the real clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.living import LIFE
from tests.hook.three import three
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.living import Living


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Living]]:
    """Return `bash`, `zsh` and `fish` to type into, and `idle bash` and so on, which nobody touches."""
    with AwsServer() as aws:
        house = House(tmp_path_factory.mktemp("three"), aws)
        with three(house, LIFE, "idle") as shells:
            yield shells
        house.purge()
