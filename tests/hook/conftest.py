"""Sessions and shells shared by several hook tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.sandbox import Sandbox, parse_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.live_shell import LiveShell


@pytest.fixture(scope="package")
def fresh_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """Return a sandbox, and the environment of a shell that inherits a fresh session of its profile `short`."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("fresh_session"), aws)
        add_short_profile(sandbox, 3500)
        printed = sandbox.shell("bash", 'eval "$(shellvault env short)" && env -0').stdout
        ours = ("AWS_", "SHELLVAULT_")
        yield sandbox, {name: value for name, value in parse_environment(printed).items() if name.startswith(ours)}
        sandbox.purge()


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[LiveShell]:
    """Return each shell, with a session loaded."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, request.param) as started:
        started.use(SHORT)
        yield started
