"""A user whose key pair `dev` is rotated, and checks of its state at AWS and in the vault."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from shellvault.storage.opener import kernel_keyring
from tests.sandbox import PASSPHRASE, SHELLVAULT, TIME_LIMIT, parse_environment
from tests.storage.sealed_vaults import Typist, open_sealed_file

if TYPE_CHECKING:
    from shellvault.core.record import Secret
    from shellvault.storage.sealed.sealed_file import SealedFile
    from tests.aws.identities import AccessKey, User
    from tests.sandbox import Sandbox


class RotatingUser:
    """The user's sandbox, identity at AWS, and original key."""

    def __init__(self, sandbox: Sandbox, iam_user: User) -> None:
        self.sandbox = sandbox
        self.iam_user = iam_user
        self.key: AccessKey = iam_user.access_key()
        sandbox.add("dev", self.key)

    def rotate(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Rotate `dev`, without prompting."""
        return self.sandbox.run("rotate", "dev", "--no-input", *words, **extra)

    def start_rotation(self) -> subprocess.Popen[bytes]:
        """Start a rotation in the background."""
        return subprocess.Popen(
            [SHELLVAULT, "rotate", "dev"],
            env=self.sandbox.env,
            cwd=self.sandbox.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def open_vault(self) -> SealedFile:
        """Return the vault, unlocked."""
        folder = self.sandbox.vault
        return open_sealed_file(folder, kernel_keyring(str(folder)), Typist(PASSPHRASE))

    def list_aws_keys(self) -> list[tuple[str, Secret]]:
        """Return the user's keys at AWS."""
        return [
            (key.access_key_id, key.secret)
            for key in self.sandbox.aws.world.keys.list_for_user(self.iam_user.principal)
        ]

    def read_vault_key(self, name: str = "dev") -> tuple[str, str]:
        """Return the key pair in the vault."""
        done = self.sandbox.run("exec", name, "--no-session", "--", "env", "-0")
        assert done.returncode == 0, done.stderr
        found = parse_environment(done.stdout)
        return found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]

    def has_working_key(self) -> bool:
        """Return whether AWS accepts the key pair in the vault."""
        return self.read_vault_key() in [(key_id, str(secret)) for key_id, secret in self.list_aws_keys()]

    def has_rotated(self) -> bool:
        """Return whether AWS has a single key, which is new and the one in the vault."""
        pair = self.read_vault_key()
        return pair[0] != self.key.id and [pair] == [(key_id, str(secret)) for key_id, secret in self.list_aws_keys()]


def kill_running(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that must still be running."""
    assert process.poll() is None, process.communicate(timeout=TIME_LIMIT)
    process.kill()
    process.communicate(timeout=TIME_LIMIT)
