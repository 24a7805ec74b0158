"""`log`: shows which program got which session, and when."""

from __future__ import annotations

import time

from shellvault.argparser import COMMON, JSON, Command, Option
from shellvault.commands import VERBS
from shellvault.commands.log_times import format_local, parse_moment
from shellvault.core.environment import UTC
from shellvault.core.errors import NoKeyPairError, NoSuchProfileError, ShellvaultError, UsageError
from shellvault.core.text import sanitize
from shellvault.request import Answer
from shellvault.storage.log_records import read_log
from shellvault.storage.session_log import REVOKED, find_path
from shellvault.ui.table import Column, format_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.settings import Settings
    from shellvault.storage.log_records import LogRecord

COMMAND = Command(
    "log",
    VERBS["log"],
    positionals=("[who]", "[KEYID]"),
    options=(
        JSON.replace(help="print one JSON object a line"),
        Option("--profile", "only this profile's sessions", value="NAME", kind="given", offers="PROFILE"),
        Option(
            "--since",
            "only from then on: 2h, 3d, today, yesterday, 2026-11-26, 2026-11-26T09:30Z",
            value="TIME",
            kind="given",
        ),
        *COMMON,
    ),
    details="""\
  shellvault log --since 1d
  shellvault log --profile prod
  shellvault log who ASIAIOSFODNN7EXAMPLE    whose access key id in CloudTrail this is

A session is minted when AWS issues it, handed over when a program gets it, and renewed when a shell gets the next one.
SHELLVAULT_LOG=off turns the log off.
""",
)

_COLUMNS = (
    Column("Time", least=19, rank=0),
    Column("Event", least=11, rank=1),
    Column("Profile", least=10, rank=2),
    Column("Scope", least=5, rank=6),
    Column("Key id", least=20, rank=4),
    Column("Account", least=12, rank=8),
    Column("Role", least=8, rank=7),
    Column("Program", least=8, rank=3),
    Column("Pid", least=5, rank=9),
    Column("Folder", least=12, rank=5),
)
_UNKNOWN = "-"
_USAGE = "shellvault log who KEYID, as CloudTrail has it under accessKeyId"
_KEY_ID_LENGTHS = range(16, 129)  # AWS
_KEY_ID_STARTS = ("ASIA", "AKIA")


def run(app: App, arguments: Arguments) -> Answer:
    """Return the records, the oldest first."""
    settings = app.settings
    key_id = _find_key_id(arguments.positionals)
    every = list(_read(settings.home))
    if name := arguments.get("--profile"):
        _require_known(name, every, lambda: app.profiles.names())  # noqa: PLW0108 - the config file may be broken
    records = list(_select(every, arguments))
    if key_id:
        records = _find_session(key_id, records)
        if not records:
            raise _unknown_key(key_id, every)
    if arguments.has("--json"):
        return Answer(stdout="".join(f"{record.format_json()}\n" for record in records))
    if not records:
        return Answer(stdout=_describe_nothing(arguments, settings))
    return Answer(stdout=format_table(_COLUMNS, list(map(_format_cells, records)), app.request.terminal.columns))


def _find_key_id(words: Sequence[str]) -> str:
    """Return the key id that is asked for; empty for all.

    Raises:
        UsageError: the words are something else. They are not repeated, since a secret may have been pasted.
    """
    if not words:
        return ""
    if words[0] != "who":
        if key_id := next(filter(_is_key_id, map(str.upper, words)), ""):
            raise UsageError("log takes a key id only after the word 'who'", f"shellvault log who {key_id}")
        raise UsageError("log takes no profile, only options", f"shellvault log --profile NAME; or: {_USAGE}")
    key_id = "".join(words[1:]).strip().upper()
    if not _is_key_id(key_id):
        what = "that is not an access key id, such as ASIA…" if key_id else "KEYID is missing"
        raise UsageError(f"log who: {what}", _USAGE)
    return key_id


def _is_key_id(word: str) -> bool:
    return len(word) in _KEY_ID_LENGTHS and word.isascii() and word.isalnum() and word.startswith(_KEY_ID_STARTS)


def _require_known(name: str, records: Iterable[LogRecord], list_names: Callable[[], Sequence[str]]) -> None:
    """Refuse a name that no record and no profile has: nobody should take a typing error for good news.

    Raises:
        NoSuchProfileError: it is such a name.
    """
    if any(record.profile == name for record in records):
        return
    from shellvault.core.chain.misread_names import find_near  # only for what is probably an error

    try:
        names = list_names()
    except ShellvaultError:  # the log can be read without a config file
        names = []
    if name not in names:
        near = find_near(name, [*names, *{record.profile for record in records}])
        hint = f"did you mean {near}?" if near else "to see all entries: shellvault log"
        raise NoSuchProfileError(f"no profile '{name}', neither in the log nor in the config file", hint)


def _find_session(key_id: str, records: Sequence[LogRecord]) -> list[LogRecord]:
    """Return the records of a session, and those of its being taken back with others of its role or user."""
    own = [record for record in records if record.key_id == key_id]
    found = [record for record in own if record.event != REVOKED][-1:]
    return [record for record in records if record in own or any(_covers(record, last) for last in found)]


def _covers(record: LogRecord, last: LogRecord) -> bool:
    """Return whether a record says that a session was taken back whose last record is given."""
    if record.event != REVOKED or record.time < last.time:
        return False
    if last.role:
        return (record.account, record.role) == (last.account, last.role)
    return not record.role and record.profile == last.profile


def _read(home: str) -> Iterable[LogRecord]:
    try:
        yield from read_log(home)
    except OSError as error:
        raise UsageError(f"cannot read {find_path(home)}: {error.strerror}", "check who owns it") from error


def _select(records: Iterable[LogRecord], arguments: Arguments) -> Iterable[LogRecord]:
    """Yield the records that the options ask for."""
    profile, since = arguments.get("--profile"), arguments.get("--since")
    start = time.strftime(UTC, time.gmtime(parse_moment(since, "--since", time.time()))) if since else ""
    for record in records:
        if profile in ("", record.profile) and record.time >= start:
            yield record


def _format_cells(record: LogRecord) -> tuple[str, ...]:
    texts = (
        *(format_local(record.time), record.event, record.profile, record.scope, record.key_id),
        *(record.account, record.role, record.program, str(record.pid), record.folder),
    )
    return tuple(sanitize(text) or _UNKNOWN for text in texts)


def _unknown_key(key_id: str, records: Sequence[LogRecord]) -> NoKeyPairError:
    reach = f"the log begins at {format_local(records[0].time)}" if records else "the log is empty"
    return NoKeyPairError(
        f"no session with the key id {key_id} is in the log",
        f"{reach} and has only this user's sessions on this machine; "
        "look for USER@HOST in the session's name in CloudTrail to find the machine",
    )


def _describe_nothing(arguments: Arguments, settings: Settings) -> str:
    if arguments.has("--profile") or arguments.has("--since"):
        return "No entries match. To see all: shellvault log\n"
    return "The log is empty.\n" if settings.keeps_log else "The log is empty: SHELLVAULT_LOG turns it off.\n"
