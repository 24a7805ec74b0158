"""What the hook's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.hook.living import with_short_sessions
from tests.sandbox import Sandbox, exported

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def inherited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """Return a sandbox, and a fresh session of its profile `short` as the environment of a shell that inherits it."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("inherited"), aws)
        with_short_sessions(sandbox, 3500)
        printed = sandbox.shell("bash", 'eval "$(shellvault env short)" && env -0').stdout
        ours = ("AWS_", "SHELLVAULT_")
        yield sandbox, {name: value for name, value in exported(printed).items() if name.startswith(ours)}
        sandbox.purge()
