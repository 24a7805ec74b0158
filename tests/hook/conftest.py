"""What the hook's tests share: living shells whose sessions last some seconds of the real clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.living import LIFE, with_short_sessions
from tests.hook.three import three
from tests.house import House, exported

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


@pytest.fixture(scope="package")
def inherited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, dict[str, str]]]:
    """Return a house, and a fresh session of its profile `short` as the environment of a shell that inherits it."""
    with AwsServer() as aws:
        house = House(tmp_path_factory.mktemp("inherited"), aws)
        with_short_sessions(house, 3500)
        printed = house.shell("bash", 'eval "$(shellvault env short)" && env -0').stdout
        yield house, {name: value for name, value in exported(printed).items() if name not in house.env and "_" in name[1:]}
        house.purge()
