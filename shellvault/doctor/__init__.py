"""What `doctor` looks at: a module for each region of a person's set-up, each giving findings; nothing is changed."""

from __future__ import annotations

from shellvault.core.record import Record

OK, NOTE, BAD = "ok", "note", "bad"


class Finding(Record):
    """One thing that was looked at: a sentence, the command that mends it, and the exit status where it is bad."""

    mark: str
    what: str
    mend: str = ""
    status: int = 0
