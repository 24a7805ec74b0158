"""What the commands' tests share: a sandbox with two roles in it, whose sessions are cached already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox for tests that leave it as it is.

    Two roles over the key pair `base`: `alpha`, with a region, and `beta`, without one.
    """
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("settled"), aws)
        sandbox.add("base", aws.world.user("alice").access_key())
        for name, more in (("alpha", "region = eu-west-1\n"), ("beta", "")):
            sandbox.configure(
                f"[profile {name}]\nrole_arn = {aws.world.role(name).arn}\nsource_profile = base\n{more}\n"
            )
            warmed = sandbox.run("env", name, "--shell", "bash")
            assert warmed.returncode == 0, warmed.stderr
        yield sandbox
        sandbox.purge()
