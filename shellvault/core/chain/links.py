"""The links of a chain: values that say how each session is obtained, and what the rest of the program may ask of them.

A link's `identity` covers its own parameters and the link below it: an edited config or a replaced key never finds an
older session, and two roles over one MFA session share it. The table in `shellvault.providers` decides who obtains a
link's session; nothing else asks for a link's type. Where kinds of links differ, they differ in the traits below.
"""

from __future__ import annotations

from shellvault.core.model import account_in, blake2b
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self


_ALLOW_EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_LABELS = ("profile", "sso_session", "spelled_url", "scope")  # fields that say nothing about the session


class Link:
    """What every link has; a link overrides the traits in which it differs."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]]

    kind: ClassVar[str] = ""
    """What lists and messages call it, such as `sts.AssumeRole`."""
    service: ClassVar[str] = ""
    """The AWS service that is called, as botocore names it; empty where none is."""
    operation: ClassVar[str] = ""
    """The call's name in botocore."""
    takes_duration: ClassVar[bool] = False
    """Whether the caller decides how long the session lasts."""
    assumes_role: ClassVar[bool] = False
    """Whether the link itself assumes the role of its profile."""
    takes_policy: ClassVar[bool] = False
    """Whether the session can be narrowed by policies."""
    naming: ClassVar[tuple[str, int]] = ("", 0)
    """The call's parameter for the session's name, and the most characters that AWS takes; empty where it has none."""
    denied_hint: ClassVar[str] = ""
    """What to try when AWS denies the call."""
    is_role_session: bool = True
    """Whether AWS counts assuming a role over this session as role chaining."""

    profile: str = ""
    """The profile that the session is for; not part of the identity."""
    source: Chain | None = None
    """The link whose credentials sign the call."""
    role_arn: str = ""
    role_name: str = ""
    """The role's name where it has no ARN: in IAM Identity Center."""
    mfa_serial: str = ""
    """The MFA device whose code the call takes; empty where it takes none."""
    duration: int = 0
    """Seconds that the session is asked to last; 0 where the caller has no say."""
    region: str = ""
    endpoint: str = ""
    scope: str = ""
    """What the session is narrowed to; not part of the identity, which has the policies."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody may have to give a code or sign in before this session is obtained."""
        return bool(self.mfa_serial)

    if TYPE_CHECKING:

        @property
        def account(self) -> str:
            """The session's account; empty if only AWS or a program can tell."""

        @property
        def stored_key(self) -> StoredKey | None:
            """The link itself if it is a key pair in the vault."""

        @property
        def own_key(self) -> StoredKey | None:
            """The key pair that this is, or whose own session (without a role) this is."""

        def replace(self, **changes: Any) -> Self:
            """Return the link with some fields changed."""
    else:
        account = ""
        stored_key = own_key = None  # cheaper than a property

    @property
    def identity(self) -> str:
        """A digest of the link's kind and of every field that is not a label."""
        values = [getattr(self, field) for field in self._fields if field not in _LABELS]
        parts = (type(self).__name__, *[getattr(value, "identity", value) for value in values])
        return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def request(self) -> dict[str, object]:
        """Return the call's parameters, without MFA codes and tokens, and without a name that is left open."""
        return {}

    def narrowed(self, policy: str, policy_arns: tuple[str, ...], scope: str) -> Chain:
        """Return the link with these session policies: an inline one and managed ones, where `takes_policy` is true."""
        raise NotImplementedError(f"{type(self).__name__} takes no policies: {policy}, {policy_arns}, {scope}")

    def with_duration(self, seconds: int) -> Chain:
        """Return the link with this duration, where the caller decides how long its session lasts."""
        raise NotImplementedError(f"{type(self).__name__} takes no duration of {seconds} s")


class StoredKey(Link, Record):
    """A key pair in the vault, known here by name and fingerprint only."""

    is_role_session = False
    name: str
    fingerprint: str

    @property
    def stored_key(self) -> StoredKey:
        """See `Link`."""
        return self

    @property
    def own_key(self) -> StoredKey:
        """See `Link`."""
        return self


class SessionToken(Link, Record):
    """One GetSessionToken call with a key pair, with an MFA code when a serial is given. `duration` is in seconds."""

    kind: ClassVar[str] = "sts.GetSessionToken"
    service: ClassVar[str] = "sts"
    operation: ClassVar[str] = "get_session_token"
    takes_duration: ClassVar[bool] = True
    profile: str
    source: StoredKey
    mfa_serial: str
    duration: int
    region: str
    endpoint: str

    @property
    def own_key(self) -> StoredKey:
        """See `Link`."""
        return self.source

    def request(self) -> dict[str, object]:
        """See `Link`."""
        return {"DurationSeconds": self.duration}


class FederationToken(Link, Record):
    """One GetFederationToken call: a federated user of this name, with the key pair's permissions, if not narrowed."""

    kind: ClassVar[str] = "sts.GetFederationToken"
    service: ClassVar[str] = "sts"
    operation: ClassVar[str] = "get_federation_token"
    takes_duration: ClassVar[bool] = True
    takes_policy: ClassVar[bool] = True
    naming: ClassVar[tuple[str, int]] = ("Name", 32)
    denied_hint: ClassVar[str] = "allow sts:GetFederationToken for the user, or use a profile with a role"
    profile: str
    source: StoredKey
    name: str
    duration: int
    region: str
    endpoint: str
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    scope: str = ""

    def request(self) -> dict[str, object]:
        """See `Link`. A federated user has no permissions without a policy."""
        policies = list_policies(self.policy, self.policy_arns) or {"Policy": _ALLOW_EVERYTHING}
        return {**({"Name": self.name} if self.name else {}), "DurationSeconds": self.duration, **policies}

    def narrowed(self, policy: str, policy_arns: tuple[str, ...], scope: str) -> FederationToken:
        """See `Link`."""
        return self.replace(policy=policy, policy_arns=policy_arns, scope=scope)


class AssumeRole(Link, Record):
    """One AssumeRole call; `mfa_serial` only where it takes a code of its own. `duration` is in seconds."""

    kind: ClassVar[str] = "sts.AssumeRole"
    service: ClassVar[str] = "sts"
    operation: ClassVar[str] = "assume_role"
    takes_duration: ClassVar[bool] = True
    assumes_role: ClassVar[bool] = True
    takes_policy: ClassVar[bool] = True
    naming: ClassVar[tuple[str, int]] = ("RoleSessionName", 64)
    denied_hint: ClassVar[str] = "check the role's ARN and its trust policy"
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
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    scope: str = ""

    @property
    def account(self) -> str:
        """See `Link`."""
        return account_in(self.role_arn)

    def request(self) -> dict[str, object]:
        """See `Link`."""
        parameters = {
            "RoleArn": self.role_arn,
            "RoleSessionName": self.role_session_name,
            "DurationSeconds": self.duration,
            "ExternalId": self.external_id,
            "SourceIdentity": self.source_identity,
            "Tags": [{"Key": key, "Value": value} for key, value in self.session_tags],
            "TransitiveTagKeys": list(self.transitive_session_tags),
            **list_policies(self.policy, self.policy_arns),
        }
        return {name: value for name, value in parameters.items() if value}

    def narrowed(self, policy: str, policy_arns: tuple[str, ...], scope: str) -> AssumeRole:
        """See `Link`."""
        return self.replace(policy=policy, policy_arns=policy_arns, scope=scope)


Chain = Link
"""A chain is its last link; the links below it hang on `source`."""


def list_policies(policy: str, policy_arns: tuple[str, ...]) -> dict[str, object]:
    """Return the parameters of an STS call for session policies."""
    inline: dict[str, object] = {"Policy": policy} if policy else {}
    return {**inline, "PolicyArns": [{"arn": arn} for arn in policy_arns]} if policy_arns else inline


def root_of(chain: Chain) -> Chain:
    """Return the root credentials of a chain."""
    while chain.source is not None:
        chain = chain.source
    return chain


def key_name(chain: Chain) -> str:
    """Return the name of the key pair at the root of a chain, or the empty string."""
    return key.name if (key := root_of(chain).stored_key) else ""
