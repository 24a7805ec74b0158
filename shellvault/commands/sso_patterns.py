"""`--only`: which profiles, accounts and roles `sso profiles` deals with. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase

from shellvault.core.errors import NoSuchProfileError, UsageError
from shellvault.core.record import Record
from shellvault.core.text import quote_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ACCOUNT, _ROLE = "account=", "role="
_MOST_NAMES = 8


class RoleProfile(Record):
    """A profile, existing or planned, with its account and role; the account's name may be unknown."""

    name: str
    account_id: str
    account_name: str
    role_name: str


class Patterns(Record):
    """Shell globs; a profile must match one of each kind, unless there is none of that kind."""

    text: str
    names: tuple[str, ...]
    accounts: tuple[str, ...]
    roles: tuple[str, ...]

    def match(self, profile: RoleProfile) -> bool:
        """Return whether a profile is one of those that were asked for."""
        return all(
            not patterns or any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)
            for patterns, texts in (
                (self.names, (profile.name,)),
                (self.accounts, (profile.account_name, profile.account_id)),
                (self.roles, (profile.role_name,)),
            )
        )

    def require_any(self, profiles: Iterable[RoleProfile]) -> None:
        """Refuse patterns that match nothing.

        Raises:
            NoSuchProfileError: none of these profiles matches; the hint has some of their names.
        """
        known = list(profiles)
        if known and not any(map(self.match, known)):
            raise NoSuchProfileError(f"--only '{self.text}' matches no profile", f"there are {self._list(known)}")

    def _list(self, known: Sequence[RoleProfile]) -> str:
        """Return what patterns of the kinds that were given could match."""
        kinds = (
            ("profiles", self.names, [profile.name for profile in known]),
            ("accounts", self.accounts, [profile.account_name or profile.account_id for profile in known]),
            ("roles", self.roles, [profile.role_name for profile in known]),
        )
        return "; ".join(f"{kind}: {_list_some(names)}" for kind, patterns, names in kinds if patterns)


def parse_patterns(text: str | None) -> Patterns:
    """Return the patterns in a text: `NAME`, `account=NAME-OR-ID` and `role=NAME`, separated by commas.

    None matches everything.

    Raises:
        UsageError: a pattern is empty.
    """
    words = [] if text is None else [word.strip() for word in text.split(",")]
    if not all(word.removeprefix(_ACCOUNT).removeprefix(_ROLE) for word in words):
        raise UsageError("a pattern of --only is empty", "--only 'prod-*', --only 'account=prod-*,role=Admin'")
    names = [word for word in words if not word.startswith((_ACCOUNT, _ROLE))]
    return Patterns(text or "", tuple(names), _strip(words, _ACCOUNT), _strip(words, _ROLE))


def _list_some(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(names))
    more = ", …" if len(different) > _MOST_NAMES else ""
    return f"{quote_names(different[:_MOST_NAMES])}{more}"


def _strip(words: Sequence[str], kind: str) -> tuple[str, ...]:
    return tuple(word.removeprefix(kind) for word in words if word.startswith(kind))
