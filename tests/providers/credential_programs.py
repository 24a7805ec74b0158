"""Programs that print credentials, in a test's own folder; each records how it was run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import AccessKey
    from tests.aws.world import World

LATER = "2099-01-01T00:00:00Z"


class CredentialProgram:
    """A shell script. `command` is what a config file says."""

    def __init__(self, folder: Path, body: str, name: str = "program") -> None:
        self.path = folder / name
        self._notes = folder / f"{name}.runs"
        self.path.write_text(f'#!/bin/sh\necho "$@" >>{shlex.quote(str(self._notes))}\n{body}\n')
        self.path.chmod(0o700)
        self.command = shlex.quote(str(self.path))

    @property
    def runs(self) -> list[str]:
        """The arguments of each run."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []


def printing_program(folder: Path, answer: str | bytes, name: str = "program") -> CredentialProgram:
    """Return a program that prints this, byte for byte."""
    said = folder / f"{name}.answer"
    said.write_bytes(answer.encode("utf-8", "surrogateescape") if isinstance(answer, str) else answer)
    said.chmod(0o600)
    return CredentialProgram(folder, f"exec cat {shlex.quote(str(said))}", name)


def process_document(key: AccessKey, world: World, **changes: object) -> str:
    """Return what a credential_process prints for a session of this key's owner, with some fields changed."""
    credential = world.credential(key.id)
    assert credential is not None
    minted = world.issue_session(credential.principal, 3600)
    assert minted.session is not None
    fields: dict[str, object] = {
        "Version": 1,
        "AccessKeyId": minted.access_key_id,
        "SecretAccessKey": str(minted.secret),
        "SessionToken": str(minted.session.token),
        "Expiration": LATER,
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not ...})
