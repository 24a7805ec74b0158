"""What must not be seen: every secret of a sandbox, in the forms it could hide in, and a life that uses all of them."""

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

    from tests.broker.conftest import Person


class Life(Record):
    """What a life left behind: everything said on stderr, and the MFA codes that were used."""

    said: str
    codes: tuple[str, ...]


def live(person: Person) -> Life:
    """Store, use, list and replace key pairs with --debug on, as a person would over a day."""
    sandbox, codes = person.sandbox, [person.device.next_code(), person.device.next_code()]
    debug = {"SHELLVAULT_DEBUG": "1"}
    key = sandbox.aws.world.user("bob").access_key()
    said = sandbox.run(
        "add", "bob", "--env", AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret, **debug
    ).stderr
    person.questions.give(codes[0])
    for words in ("env admin --shell fish", "exec admin -- true", "exec admin --json", "env bob --shell bash"):
        said += sandbox.run(*words.split(), **debug).stderr
    said += sandbox.shell(
        "bash", 'eval "$(shellvault env reader)" && shellvault status && shellvault env -u', **debug
    ).stderr
    for words in ("lock", "unlock", "clear", "list --json", "env nobody --shell bash"):
        said += sandbox.run(*words.split(), **debug).stderr
    sandbox.aws.faults.next("truncate")
    person.questions.give(codes[1])
    said += sandbox.run("env", "admin", "--shell", "bash", **debug).stderr
    said += sandbox.run("remove", "bob", "--force", **debug).stderr
    assert "the vault is sealed" in said, "--debug said nothing"
    return Life(said, tuple(codes))


def secrets(person: Person, life: Life) -> list[str]:
    """Return every secret there was."""
    return [*person.sandbox.aws.world.secrets(), PASSPHRASE, *life.codes]


def shown(text: bytes, hidden: Iterable[str]) -> list[str]:
    """Return which of the secrets are in a text, by their number and form, never by themselves."""
    return [
        f"secret {number} as {form}"
        for number, secret in enumerate(hidden)
        for form, looks in _forms(secret).items()
        if looks in text
    ]


def _forms(secret: str) -> dict[str, bytes]:
    """Return a secret as it is, and as base64 and hex would carry it; six digits would be found by chance in those."""
    raw = secret.encode()
    if len(raw) < 8:
        return {"itself": raw}
    shifted = {f"base64 at {pad}": base64.b64encode(b"\0" * pad + raw)[4 if pad else 0 : -4] for pad in range(3)}
    return {"itself": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(), **shifted}


class CommandLines:
    """Reads the command line of every process, over and over, while the context lasts; `seen` has them all."""

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
                except OSError:  # it ended meanwhile
                    continue
            time.sleep(0.001)
