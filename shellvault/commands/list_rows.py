"""The rows of `list`: what is known of each name, from the config file, the index and the notes of cached sessions."""

from __future__ import annotations

from time import gmtime, strftime, time

from shellvault.core.chain.sso_links import SignIn
from shellvault.core.environment import UTC
from shellvault.core.profile_summary import KEY_PAIR, ProfileSummary, summarize
from shellvault.core.record import Record
from shellvault.core.text import last4
from shellvault.storage.index import group_by_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.key_age import KeyAge
    from shellvault.core.model import SessionNote
    from shellvault.storage.index import IndexEntry
    from shellvault.storage.opener import Storage

    Notes = tuple[SessionNote, ...]


class ListRow(Record):
    """A profile, the name of a key pair, a sign-in, or a session whose profile is gone.

    `key_id` is the end of the key pair's id, or empty; `same_key` has that key pair's other names. `key_age` is None if
    its age is unknown.
    """

    summary: ProfileSummary
    is_profile: bool = False
    key_id: str = ""
    same_key: tuple[str, ...] = ()
    key_age: KeyAge | None = None
    sessions: Notes = ()

    @property
    def name(self) -> str:
        """What patterns match."""
        return self.summary.name

    @property
    def is_sign_in(self) -> bool:
        """Whether the name is an sso-session's, or that of a profile which is gone."""
        return not self.is_profile and not self.key_id and all(note.kind == SignIn.kind for note in self.sessions)

    @property
    def usable_name(self) -> str:
        """What other commands call it; empty for sign-ins, and where no more than a session is left."""
        is_usable = self.is_profile or self.key_id or self.summary.account
        return self.name if is_usable else ""

    @property
    def session(self) -> SessionNote | None:
        """The session that lasts longest: a sign-in only if there is no other."""
        return max(self.sessions, key=lambda note: (note.kind != SignIn.kind, note.expires_at), default=None)

    @property
    def source(self) -> str:
        """Where the credentials come from, in people's words, and what else a stored key pair under this name is."""
        return self.describe_source()

    def describe_source(self, about_key: str = "") -> str:
        """Return the source, with some words about the key pair behind its own, if there is one."""
        found, pair = self.summary.source, f"{KEY_PAIR}{about_key}"
        if not self.key_id:
            return found
        if found != KEY_PAIR:
            return f"{found} (also a {pair})" if found else f"(a {pair})"
        only = pair if self.is_profile else f"{KEY_PAIR} only{about_key}"
        return f"{only} (same key as {_abbreviate(self.same_key)})" if self.same_key else only


SORTS: dict[str, Callable[[ListRow], str]] = {
    "name": lambda row: row.name.casefold(),
    "account": lambda row: row.summary.account,
    "role": lambda row: row.summary.role.casefold(),
    "region": lambda row: row.summary.region,
    "source": lambda row: row.source.casefold(),
    "state": lambda row: f"{row.session.expires_at:020}" if row.session else "",
}
"""What rows may be sorted by; where the result is empty, it is unknown."""


def collect_rows(profiles: Profiles, storage: Storage) -> list[ListRow]:
    """Return the rows: profiles in the file's order, then key pairs, then sessions that belong to neither."""
    keys = _describe_keys(storage)
    sessions, sign_ins = _group_notes(storage.session_cache().notes(), profiles)
    rows = dict(profiles.keep("rows", lambda: _make_plain_rows(profiles)))
    for name in (*keys, *sessions):
        row = rows.get(name) or ListRow(summarize(name, profiles))
        rows[name] = row.replace(**keys.get(name, {}), sessions=sessions.get(name, ()))
    others = [ListRow(ProfileSummary(name, source=f"sso {name}"), sessions=found) for name, found in sign_ins.items()]
    return [*rows.values(), *others]


def _describe_keys(storage: Storage) -> dict[str, dict[str, object]]:
    """Return what rows say of key pairs, by name and by field."""
    entries, ages = storage.index.entries_of(storage.backend_name), storage.index.ages()
    same = dict(_list_same_keys(entries))
    return {
        entry.name: {
            "key_id": entry.last4,
            "same_key": same.get(entry.name, ()),
            "key_age": ages.get(entry.fingerprint),
        }
        for entry in entries
    }


def _make_plain_rows(profiles: Profiles) -> dict[str, ListRow]:
    """Return the rows by name, without key pairs and sessions, which few of ten thousand profiles have."""
    known = set(profiles.config.names())
    return {each.name: ListRow(each, each.name in known) for each in profiles.summaries()}


def sort_rows(rows: Iterable[ListRow], order: str) -> list[ListRow]:
    """Return the rows by a key of `SORTS`; those with nothing to sort by come last."""
    keyed = [(SORTS[order](row), row) for row in rows]
    keyed.sort(key=lambda pair: (not pair[0], pair[0]))
    return [row for _, row in keyed]


def describe_row(row: ListRow) -> dict[str, object]:
    """Return a row for JSON, with None where something is unknown."""
    summary, session = row.summary, row.session
    return {
        "profile": row.usable_name or None,
        "credentials": row.name if row.key_id else None,
        "account": summary.account or None,
        "role": summary.role or None,
        "region": summary.region or None,
        "source": summary.source or None,
        "scope": (session.scope if session else "") or None,
        "expires_at": _format_time(session.expires_at) if session else None,
        "key_age_days": row.key_age.days(time()) if row.key_age else None,
        "name": row.name,
        "access_key_id": last4(row.key_id) if row.key_id else None,
        "same_key": row.same_key,
        "sessions": [
            {
                "kind": note.kind,
                "expires_at": _format_time(note.expires_at),
                "refresh_at": _format_time(note.refresh_at),
            }
            for note in row.sessions
        ],
    }


def _list_same_keys(entries: Iterable[IndexEntry]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Return each name whose key pair has others, too, and these."""
    for group in group_by_key(entries):
        names = [entry.name for entry in group]
        for name in names if names[1:] else ():
            yield name, tuple([other for other in names if other != name])


def _group_notes(notes: Iterable[SessionNote], profiles: Profiles) -> tuple[dict[str, Notes], dict[str, Notes]]:
    """Return the notes of sessions by profile, and those of sign-ins by sso-session."""
    sessions: dict[str, Notes] = {}
    sign_ins: dict[str, Notes] = {}
    for note in notes:
        is_sign_in = note.kind == SignIn.kind and note.profile in profiles.sso_sessions()
        group = sign_ins if is_sign_in else sessions
        group[note.profile] = (*group.get(note.profile, ()), note)
    return sessions, sign_ins


def _abbreviate(names: tuple[str, ...]) -> str:
    """Return the first name and how many more there are, so that the table fits on the screen."""
    return names[0] + (f" +{len(names) - 1}" if names[1:] else "")


def _format_time(epoch: int) -> str:
    return strftime(UTC, gmtime(epoch))
