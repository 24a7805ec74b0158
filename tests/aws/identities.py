"""Identities known to the server: principals, credentials, users and roles."""

from __future__ import annotations

import base64
import secrets
import string
from typing import TYPE_CHECKING

from shellvault.core.record import Record, Secret

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.aws.world import World

_BASE32 = string.ascii_uppercase + "234567"


def unique_id(prefix: str, length: int = 16) -> str:
    """Return an ID as AWS forms them, such as AKIA followed by 16 base32 characters."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(length))


def random_secret(length: int = 40) -> Secret:
    """Return random base64 text of this length."""
    return Secret(base64.b64encode(secrets.token_bytes(length)).decode()[:length])


class AccessKey(Record):
    """A long-lived key pair, as its user receives it."""

    id: str
    secret: Secret


class Principal(Record):
    """The signer of a request.

    `names` lists all the names by which a trust policy may refer to it; `identity` is the ARN of the user or role whose
    policies apply to it.
    """

    account: str
    arn: str
    user_id: str
    names: tuple[str, ...]
    identity: str = ""


def make_federated_principal(user: Principal, name: str) -> Principal:
    """Return the principal of a federated user, created by a user."""
    partition = user.arn.split(":")[1]
    root = f"arn:{partition}:iam::{user.account}:root"
    arn = f"arn:{partition}:sts::{user.account}:federated-user/{name}"
    return Principal(user.account, arn, f"{user.account}:{name}", (arn, root, user.account), user.arn)


class SessionPolicies(Record):
    """The policies passed for a session: a document, or the empty string, and ARNs of managed ones."""

    document: str = ""
    arns: tuple[str, ...] = ()


class SessionFacts(Record):
    """Properties of temporary credentials.

    `expires_at` and `issued_at` are in epoch seconds; `kind` is "session" (of a user), "role", or "federated";
    `chained` means that the request for it was signed with a session; `policies` limit it, unless None.
    """

    token: Secret
    expires_at: int
    kind: str = "session"
    chained: bool = False
    with_mfa: bool = False
    transitive_tags: tuple[tuple[str, str], ...] = ()
    source_identity: str = ""
    issued_at: float = 0
    policies: SessionPolicies | None = None


class Credential(Record):
    """An access key known to the server, of a user or a session; `created_at` is in epoch seconds."""

    access_key_id: str
    secret: Secret
    principal: Principal
    session: SessionFacts | None = None
    active: bool = True
    created_at: float = 0


class User:
    """A user of an account, with keys and MFA devices.

    Attributes:
        deny: names of actions that a policy denies this user, such as "CreateAccessKey" or "ssm:GetParameter".
        require_mfa_for_iam: deny IAM actions to this user unless the request was made with MFA.
    """

    def __init__(self, world: World, account: str, name: str, partition: str) -> None:
        self.name = name
        self.account = account
        self.arn = f"arn:{partition}:iam::{account}:user/{name}"
        self.deny: set[str] = set()
        self.require_mfa_for_iam = False
        self.created_at = world.now()
        self._world = world
        self.partition = partition
        root = f"arn:{partition}:iam::{account}:root"
        self.principal = Principal(account, self.arn, unique_id("AIDA", 17), (self.arn, root, account), self.arn)

    def access_key(self, age: float = 0) -> AccessKey:
        """Create another key pair, `age` seconds old, active at once and not subject to IAM's limit of two."""
        key = AccessKey(unique_id("AKIA"), random_secret())
        self._world.keys.add(Credential(key.id, key.secret, self.principal, created_at=self._world.now() - age))
        return key

    def mfa_device(self) -> MfaDevice:
        """Enroll another device; the first one has the user's name."""
        return self._world.enroll(self.arn, f"arn:{self.partition}:iam::{self.account}:mfa/{self.name}")


class Role(Record):
    """A role and the conditions of its trust policy; `max_duration` is in seconds, `deny` as that of a user."""

    arn: str
    id: str
    account: str
    partition: str
    trusts: tuple[str, ...]
    deny: set[str]
    max_duration: int = 3600
    require_mfa: bool = False
    external_id: str | None = None
    require_source_identity: bool = False
    allow_tags: bool = True

    def session(self, name: str) -> Principal:
        """Return the principal of a session of this role, whose ARN omits the role's path, as at AWS."""
        short = self.arn.rpartition("/")[2]
        arn = f"arn:{self.partition}:sts::{self.account}:assumed-role/{short}/{name}"
        root = f"arn:{self.partition}:iam::{self.account}:root"
        return Principal(self.account, arn, f"{self.id}:{name}", (arn, self.arn, root, self.account), self.arn)

    def trusts_any(self, names: tuple[str, ...]) -> bool:
        """Return whether the trust policy names this caller, or its account."""
        root = f"arn:{self.partition}:iam::{self.account}:root"
        trusted = {root if entry == "account root" else entry for entry in self.trusts}
        return not trusted.isdisjoint(names)


class Call(Record):
    """A request as seen by the server; `params` omits secrets, `outcome` is "ok", an error code or "fault:KIND"."""

    action: str
    params: dict[str, str]
    access_key_id: str
    principal: str
    region: str
    time: float
    service: str = ""
    outcome: str = ""
    user_agent: str = ""
