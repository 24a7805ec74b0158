"""A person whose key pair `dev` is rotated, and what must be true of it at AWS and in the vault."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.sandbox import SHELLVAULT, TIME_LIMIT, exported

if TYPE_CHECKING:
    from shellvault.core.record import Secret
    from tests.aws.identities import AccessKey, User
    from tests.sandbox import Sandbox


class Owner:
    """The person: their sandbox, the user that they are at AWS, and the key that they began with."""

    def __init__(self, sandbox: Sandbox, user: User) -> None:
        self.sandbox = sandbox
        self.user = user
        self.key: AccessKey = user.access_key()
        sandbox.add("dev", self.key)

    def rotate(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Rotate `dev`, asking nobody."""
        return self.sandbox.run("rotate", "dev", "--no-input", *words, **extra)

    def begin(self) -> subprocess.Popen[bytes]:
        """Start a rotation, and do not wait for it."""
        return subprocess.Popen(
            [SHELLVAULT, "rotate", "dev"],
            env=self.sandbox.env,
            cwd=self.sandbox.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def at_aws(self) -> list[tuple[str, Secret]]:
        """Return the user's keys at AWS."""
        return [(key.access_key_id, key.secret) for key in self.sandbox.aws.world.keys.of_user(self.user.principal)]

    def in_vault(self) -> tuple[str, str]:
        """Return the key pair that the vault hands out."""
        done = self.sandbox.run("exec", "dev", "--no-session", "--", "env", "-0")
        if done.returncode == 5 and "the index was behind the vault" in done.stderr:  # it says to run it again
            done = self.sandbox.run("exec", "dev", "--no-session", "--", "env", "-0")
        assert done.returncode == 0, done.stderr
        found = exported(done.stdout)
        return found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]

    def works(self) -> bool:
        """Say whether AWS takes the key pair that is in the vault."""
        return self.in_vault() in [(key_id, str(secret)) for key_id, secret in self.at_aws()]

    def has_rotated(self) -> bool:
        """Say whether there is one key at AWS, which is a new one, and the one in the vault."""
        pair = self.in_vault()
        return pair[0] != self.key.id and [pair] == [(key_id, str(secret)) for key_id, secret in self.at_aws()]


def killed(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that must be at work still."""
    assert process.poll() is None, process.communicate(timeout=TIME_LIMIT)
    process.kill()
    process.communicate(timeout=TIME_LIMIT)
