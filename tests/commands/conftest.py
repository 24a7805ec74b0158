"""Sandboxes of the tests of commands: one that read-only tests share, a healthy one for `doctor`, an empty vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cheap_vault(sandbox: Sandbox) -> None:
    """Give the sandbox an empty vault that takes no time to open, for tests in which a command would create one."""
    sandbox.create_vault()


@pytest.fixture(scope="module")
def warm_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox shared by the tests of a module, which must not change it.

    It has two roles assumed with the key pair `base`: `alpha`, which has a region, and `beta`, which has none.
    """
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("warm"), aws)
        sandbox.add("base", aws.world.user("alice").access_key())
        for name, more in (("alpha", "region = eu-west-1\n"), ("beta", "")):
            sandbox.configure(
                f"[profile {name}]\nrole_arn = {aws.world.role(name).arn}\nsource_profile = base\n{more}\n"
            )
            warmed = sandbox.run("env", name, "--shell", "bash")
            assert warmed.returncode == 0, warmed.stderr
        yield sandbox
        sandbox.purge()


@pytest.fixture
def healthy(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox in which nothing is wrong, except that its AWS is on this machine."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    Path(sandbox.env["SHELLVAULT_PASSPHRASE_FILE"]).chmod(0o600)
    for shell, file in (("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/config.fish")):
        (sandbox.home / file).parent.mkdir(parents=True, exist_ok=True)
        (sandbox.home / file).write_text(f"shellvault hook {shell}\n")
    sandbox.configure("[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n")
    return sandbox
