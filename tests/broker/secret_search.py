"""Finds secrets in output, in any encoding, after running commands that use all of them."""

from __future__ import annotations

import base64
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from shellvault.core.record import Record
from tests.sandbox import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from tests.broker.conftest import MfaUser


class WorkdayOutput(Record):
    """Everything a workday printed to stderr, and the MFA codes it used."""

    output: str
    codes: tuple[str, ...]


def run_workday(user: MfaUser) -> WorkdayOutput:
    """Store, use, list, replace and take back key pairs with --debug on, as a user would over a day."""
    sandbox, codes = user.sandbox, [user.device.next_code() for _ in range(3)]
    debug = {"SHELLVAULT_DEBUG": "1"}
    key = sandbox.aws.world.user("bob").access_key()
    output = sandbox.run(
        "add", "bob", "--env", AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret, **debug
    ).stderr
    user.prompter.answer(codes[0])
    for words in ("env admin --shell fish", "exec admin -- true", "exec admin --json", "env bob --shell bash"):
        output += sandbox.run(*words.split(), **debug).stderr
    output += sandbox.shell(
        "bash", 'eval "$(shellvault env reader)" && shellvault status && shellvault env -u', **debug
    ).stderr
    for words in ("lock", "unlock", "clear", "list --json", "env nobody --shell bash"):
        output += sandbox.run(*words.split(), **debug).stderr
    sandbox.aws.faults.next("truncate")
    user.prompter.answer(codes[1])
    output += sandbox.run("env", "admin", "--shell", "bash", **debug).stderr
    user.prompter.answer(codes[2])
    for words in ("remove bob --force", "revoke reader --yes", "panic --yes"):
        done = sandbox.run(*words.split(), **debug)
        output += done.stdout + done.stderr
    assert "the vault is sealed" in output, "--debug printed nothing"
    return WorkdayOutput(output, tuple(codes))


def collect_secrets(user: MfaUser, workday: WorkdayOutput) -> list[str]:
    """Return every secret in use."""
    return [*user.sandbox.aws.world.secrets(), PASSPHRASE, *workday.codes]


def find_secrets(text: bytes, hidden: Iterable[str]) -> list[str]:
    """Return the number and encoding of each secret found in a text, never the secret."""
    return [
        f"secret {number} as {form}"
        for number, secret in enumerate(hidden)
        for form, looks in _encode(secret).items()
        if looks in text
    ]


def _encode(secret: str) -> dict[str, bytes]:
    """Return a secret as plain text, hex and base64; short ones as plain text only, to avoid chance matches."""
    raw = secret.encode()
    if len(raw) < 8:
        return {"plain text": raw}
    shifted = {f"base64 at {pad}": base64.b64encode(b"\0" * pad + raw)[4 if pad else 0 : -4] for pad in range(3)}
    return {"plain text": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(), **shifted}


class CommandLineSampler:
    """Samples the command line of every process while its context is open, and collects them in `seen`."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_bytes())
                except OSError:  # the process has exited
                    continue
            time.sleep(0.001)
