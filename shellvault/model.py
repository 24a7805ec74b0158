"""The nouns: profiles, key pairs, sessions and the links that mint them. Values only; nothing here does I/O."""

from __future__ import annotations

from shellvault.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

try:  # the module behind hashlib.blake2b, without the 6 ms that hashlib spends on loading OpenSSL
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - CPython always has it
    from hashlib import blake2b

MARGIN = 15 * 60
"""Seconds before expiry at which a session counts as due; a quarter of the lifetime where that is less."""


def digest(*parts: str) -> str:
    """Return 32 hex digits that identify these strings, in this order."""
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(framed.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


class KeyPair(Record):
    """A long-lived access key: only ever in the vault."""

    access_key_id: str
    secret_access_key: Secret

    @property
    def fingerprint(self) -> str:
        """What may be written down of this key pair: it tells two apart and gives neither away."""
        return digest("key pair", self.access_key_id)


class Session(Record):
    """Temporary credentials. Times are epoch seconds."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expires_at: int
    refresh_at: int

    @staticmethod
    def due(issued_at: int, expires_at: int) -> int:
        """Return the moment from which a session with this life should be renewed."""
        return expires_at - min(MARGIN, max(0, expires_at - issued_at) // 4)


class StoredKey(Record):
    """The foot of every chain: a key pair in the vault, known here by name and fingerprint only."""

    name: str
    fingerprint: str

    @property
    def identity(self) -> str:
        """See `Link`."""
        return digest("key", self.name, self.fingerprint)


class SessionToken(Record):
    """One GetSessionToken call with a key pair, with an MFA code when a serial is named."""

    profile: str
    source: StoredKey
    mfa_serial: str
    duration: int
    region: str
    endpoint: str

    @property
    def identity(self) -> str:
        """See `Link`."""
        return digest(
            "session token", self.source.identity, self.mfa_serial, str(self.duration), self.region, self.endpoint
        )


class AssumeRole(Record):
    """One AssumeRole call; `mfa_serial` only where it takes a code of its own, straight from a key pair."""

    profile: str
    source: StoredKey | SessionToken | AssumeRole
    role_arn: str
    role_session_name: str
    external_id: str
    mfa_serial: str
    duration: int
    session_tags: tuple[tuple[str, str], ...]
    transitive_session_tags: tuple[str, ...]
    source_identity: str
    region: str
    endpoint: str

    @property
    def identity(self) -> str:
        """See `Link`."""
        tags = [text for tag in self.session_tags for text in tag]
        return digest(
            "assume role",
            self.source.identity,
            self.role_arn,
            self.role_session_name,
            self.external_id,
            self.mfa_serial,
            str(self.duration),
            digest(*tags),
            digest(*self.transitive_session_tags),
            self.source_identity,
            self.region,
            self.endpoint,
        )


Link = SessionToken | AssumeRole
"""A step that mints a session. Its `identity` covers its own parameters and the identity of the step before it,
so an edited config or a replaced key can never find an old session, and two roles over one MFA session share it."""

Chain = StoredKey | SessionToken | AssumeRole
"""A chain is its last link; the steps before it hang on `source`."""


def root(chain: Chain) -> StoredKey:
    """Return the key pair at the foot of a chain."""
    while not isinstance(chain, StoredKey):
        chain = chain.source
    return chain


class SessionNote(Record):
    """What may be known of a cached session without reading it."""

    identity: str
    kind: str
    profile: str
    key_name: str
    expires_at: int
    refresh_at: int


class Profile(Record):
    """One profile of the AWS config; `lineage` is its own name, then those it includes and whose settings it takes."""

    name: str
    lineage: tuple[str, ...]
    settings: Mapping[str, str]

    def get(self, key: str) -> str:
        """Return a setting, stripped, or the empty string."""
        return self.settings.get(key, "").strip()
