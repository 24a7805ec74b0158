"""What the hook's tests share: the three shells side by side, for tests that have to wait for the clock."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.living import LIFE, SHELLS, living
from tests.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.living import Living


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Living]]:
    """Return a living shell of each kind, with a profile of its own in it whose session lasts `LIFE` seconds."""
    with AwsServer() as aws, ExitStack() as shells:
        aws.world.min_duration = 1
        house = House(tmp_path_factory.mktemp("three"), aws)
        started = {}
        for name in SHELLS:
            house.add(name, aws.world.user(name).access_key())
            house.configure(f"[profile {name}]\nduration_seconds = {LIFE}\n")
            started[name] = shells.enter_context(living(house, name))
        for name, shell in started.items():
            shell.do(f"shellvault use {name}")
        yield started
        house.purge()
