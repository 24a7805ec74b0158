"""The steps of a chain: what stands at its foot, and the links that each mint a session. Values only.

A link's `identity` covers its own parameters and the identity of the step before it, so an edited config or a
replaced key can never find an old session, and two roles over one MFA session share it. Its `kind` is what lists
call it; `profile` is whom it is minted for, and no part of its identity.
"""

from __future__ import annotations

from shellvault.core.model import digest
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class _Step:
    """What every step has: an identity that none of its fields can be left out of, but `profile`."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]]

    @property
    def identity(self) -> str:
        """A digest of the step's kind and of its fields."""
        parts = (_part(getattr(self, field)) for field in self._fields if field != "profile")
        return digest(type(self).__name__, *parts)


def _part(value: object) -> str:
    if isinstance(value, tuple):
        return digest(*(_part(item) for item in value))
    return value.identity if isinstance(value, _Step) else str(value)


class StoredKey(_Step, Record):
    """A key pair in the vault, known here by name and fingerprint only."""

    name: str
    fingerprint: str


class SessionToken(_Step, Record):
    """One GetSessionToken call with a key pair, with an MFA code when a serial is named."""

    kind: ClassVar[str] = "sts.GetSessionToken"
    profile: str
    source: StoredKey
    mfa_serial: str
    duration: int
    region: str
    endpoint: str


class FederationToken(_Step, Record):
    """One GetFederationToken call with a key pair: a federated user of this name, who may do what the key pair may."""

    kind: ClassVar[str] = "sts.GetFederationToken"
    profile: str
    source: StoredKey
    name: str
    duration: int
    region: str
    endpoint: str


class AssumeRole(_Step, Record):
    """One AssumeRole call; `mfa_serial` only where it takes a code of its own."""

    kind: ClassVar[str] = "sts.AssumeRole"
    profile: str
    source: Chain
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


class SignIn(_Step, Record):
    """A person's sign-in to IAM Identity Center, which gives an access token; `name` is the sso-session's, if any."""

    kind: ClassVar[str] = "sso.SignIn"
    source: ClassVar[None] = None
    profile: str
    name: str
    start_url: str
    scopes: tuple[str, ...]
    region: str
    endpoint: str


class SsoRole(_Step, Record):
    """One GetRoleCredentials call with an access token; how long its session lasts is set in IAM Identity Center."""

    kind: ClassVar[str] = "sso.GetRoleCredentials"
    profile: str
    source: SignIn
    account_id: str
    role_name: str
    region: str
    endpoint: str


class WebIdentity(_Step, Record):
    """One AssumeRoleWithWebIdentity call, with a token from a file, or from a program's output."""

    kind: ClassVar[str] = "sts.AssumeRoleWithWebIdentity"
    source: ClassVar[None] = None
    profile: str
    role_arn: str
    role_session_name: str
    token_file: str
    token_process: str
    duration: int
    region: str
    endpoint: str


class Process(_Step, Record):
    """One run of a credential_process."""

    kind: ClassVar[str] = "process"
    source: ClassVar[None] = None
    profile: str
    command: str


class AmbientCredentials(_Step, Record):
    """Credentials of the surroundings: a credential_source, or the session of `aws login`.

    `detail` is what tells two of the same provider apart.
    """

    kind: ClassVar[str] = "provided"
    source: ClassVar[None] = None
    profile: str
    provider: str
    detail: str


Link = SessionToken | FederationToken | AssumeRole | SignIn | SsoRole | WebIdentity | Process | AmbientCredentials
"""A step that mints a session; `source` is the step whose credentials it takes, or None."""

Chain = StoredKey | Link
"""A chain is its last step; the steps before it hang on `source`."""


def root_of(chain: Chain) -> Chain:
    """Return the foot of a chain."""
    while not isinstance(chain, StoredKey) and chain.source is not None:
        chain = chain.source
    return chain


def key_name(chain: Chain) -> str:
    """Return the name of the key pair at the foot of a chain, or the empty string where there is none."""
    foot = root_of(chain)
    return foot.name if isinstance(foot, StoredKey) else ""
