"""Domain values: profiles, key pairs and sessions. Values only; nothing here does I/O."""

from __future__ import annotations

from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from shellvault.core.scope import Scope

    class ProfileLookup(Protocol):
        """What is known of profiles and key pairs without opening the vault."""

        def profile(self, name: str) -> Profile | None:
            """Return a profile, a bare one where only a key pair has the name."""

        def names(self) -> list[str]:
            """Return every name that `profile` knows."""

        @property
        def fingerprints(self) -> Mapping[str, str]:
            """The name of each stored key pair -> its fingerprint."""

        def endpoint(self, profile: Profile, service: str = "sts") -> str:
            """Return the endpoint chosen for a profile and service, or the empty string for AWS's own."""

        def scope(self, profile: Profile) -> Scope:
            """Return what a profile's settings narrow its session to."""

        def sso_sessions(self) -> list[str]:
            """Return the names of the config file's sso-sessions."""

        def headers(self) -> Sequence[str]:
            """Return the name of every section of the config file as it is written."""

        def section(self, name: str) -> Mapping[str, str]:
            """Return a section of the config file, empty where there is none."""

        def asked_for(self) -> tuple[str, ...]:
            """Return the profiles whose programs led to this command."""

        def environment_digest(self) -> str:
            """Return what tells the credentials in the environment from others, and reveals none of them."""


try:  # the module behind hashlib.blake2b, without the 6 ms that hashlib spends on loading OpenSSL
    from _blake2 import blake2b as blake2b  # noqa: PLC0414 - for environment, too
except ImportError:  # pragma: no cover - CPython always has it
    from hashlib import blake2b as blake2b  # noqa: PLC0414

MARGIN = 15 * 60
"""Seconds before expiry at which a session counts as due; a quarter of the lifetime where that is less."""


ACCOUNT_DIGITS = 12
_LONGEST_ROLE_NAME = 64  # AWS, IAM; and the characters of such a name
_ROLE_PUNCTUATION = frozenset("_+=,.@-")


def digest(*parts: str) -> str:
    """Return 32 hex digits that identify these strings, in this order."""
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(framed.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def is_account(text: str) -> bool:
    """Return whether a text is the id of an AWS account."""
    return len(text) == ACCOUNT_DIGITS and text.isascii() and text.isdigit()


def account_in(arn: str) -> str:
    """Return the account that an ARN names, or the empty string."""
    return account if is_account(account := ":".join(arn.split(":")[4:5])) else ""


def role_in(arn: str) -> str:
    """Return the name, without its path, of the role that an ARN is of, or whose session; empty if there is none."""
    kind, _, rest = ":".join(arn.split(":")[5:]).partition("/")
    if kind == "assumed-role":
        return rest.partition("/")[0]
    return rest.rpartition("/")[2] if kind == "role" else ""


def is_role_name(text: str) -> bool:
    """Return whether a text can be the name of a role, or of a permission set."""
    is_plain = all(each.isascii() and (each.isalnum() or each in _ROLE_PUNCTUATION) for each in text)
    return 0 < len(text) <= _LONGEST_ROLE_NAME and is_plain


class KeyPair(Record):
    """A long-lived access key: only ever in the vault."""

    access_key_id: str
    secret_access_key: Secret

    @property
    def fingerprint(self) -> str:
        """What may be written down of this key pair: it tells two apart and gives neither away."""
        return digest("key pair", self.access_key_id)


class Session(Record):
    """Temporary credentials. Times are epoch seconds.

    A sign-in to IAM Identity Center gives a bearer token, which is a session without a key id and secret; a
    credential_process may give keys without a token. `account` is empty if unknown. If `expiry_told` is false,
    `expires_at` only says until when the session is cached.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expires_at: int
    refresh_at: int
    account: str = ""
    expiry_told: bool = True

    @staticmethod
    def due(issued_at: int, expires_at: int) -> int:
        """Return the moment from which a session with this life should be renewed."""
        return expires_at - min(MARGIN, max(0, expires_at - issued_at) // 4)


class SessionNote(Record):
    """What may be known of a cached session without reading it."""

    identity: str
    kind: str
    profile: str
    key_name: str
    expires_at: int
    refresh_at: int
    scope: str = ""
    role_arn: str = ""


def has_profile(note: SessionNote) -> bool:
    """Return whether a session was obtained through a profile, rather than for a bare role (`account/role`)."""
    return note.profile != f"{account_in(note.role_arn)}/{role_in(note.role_arn)}"


class Profile(Record):
    """One profile of the AWS config. `lineage` is its own name, then those of the profiles that it includes.

    Values in `settings` have no white space around them. If `takes_session` is true, its role is assumed over the
    session that its source gives, even if that has a key pair of its own.
    """

    name: str
    lineage: tuple[str, ...]
    settings: Mapping[str, str]
    takes_session: bool = False
