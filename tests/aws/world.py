"""The server's data: accounts, credentials, devices, roles, its clock, and the recorded calls."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from tests.aws.access_key_store import AccessKeyStore
from tests.aws.devices import MfaDevice
from tests.aws.identities import Credential, Role, SessionFacts, User, random_secret, unique_id
from tests.aws.identity_provider import IdentityProvider
from tests.aws.one_time_tokens import OneTimeTokens
from tests.aws.policy_store import PolicyStore
from tests.aws.sso import Sso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.aws.identities import Call, Principal
    from tests.aws.ssm import Parameter

ACCOUNT = "111122223333"
ROLE_DURATIONS = range(3600, 43200 + 1)
"""The range of a role's MaxSessionDuration in seconds, as at AWS."""


class World:
    """The accounts behind a server, set up and inspected by tests, guarded by a lock.

    Attributes:
        session_life: seconds after which sessions end at the latest, whatever was requested; for tests of expiry.
        token_length: the length of session tokens in characters.
        clock_skew: seconds by which the server's clock, and its MFA devices, are ahead of this machine.
        key_delay: seconds during which a key made by IAM's CreateAccessKey is still unknown to all services.
        key_refusals: how many calls with such a key are refused, however late they come.
        policy_delay: seconds after which changes of inline policies take effect, by the server's clock.
        packed_limit: the bytes of compressed session policies and tags that fit into a session, about as at AWS.
        keys: the access keys, active or not.
        policies: inline and managed policies.
        parameters: the parameters of Systems Manager.
        signin: the console's sign-in tokens.
        signed_in: the cookie of each browser that is signed in to the console, and the ARN as which it is.
        sso: IAM Identity Center and its user.
        lock: guards all of this.
        calls: every request, in order of completion.
    """

    def __init__(self) -> None:
        self.session_life = math.inf
        self.token_length = 350
        self.clock_skew = 0.0
        self.key_delay = 0.0
        self.key_refusals = 0
        self.policy_delay = 0.0
        self.packed_limit = 400
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._users: dict[str, User] = {}
        self._roles: dict[str, Role] = {}
        self.keys = AccessKeyStore(self.now, self.lock)
        self.policies = PolicyStore(self.now, self.lock)
        self.parameters: dict[tuple[str, str, str], Parameter] = {}
        self.signin = OneTimeTokens(self.now, self.lock)
        self.signed_in: dict[str, str] = {}
        self.sso = Sso(self)
        self.provider = IdentityProvider(self.now, self.lock, self.keys.add_secret)
        self._devices: dict[str, tuple[str, MfaDevice]] = {}

    def user(self, name: str = "alice", account: str = ACCOUNT, partition: str = "aws") -> User:
        """Return the user with this name, creating it if necessary."""
        user = User(self, account, name, partition)
        with self.lock:
            return self._users.setdefault(user.arn, user)

    def role(
        self,
        name: str,
        account: str = ACCOUNT,
        trusts: Iterable[str] = ("account root",),
        max_duration: int = 3600,
        *,
        partition: str = "aws",
        require_mfa: bool = False,
        external_id: str | None = None,
        require_source_identity: bool = False,
        allow_tags: bool = True,
    ) -> Role:
        """Create a role, or replace the one of this ARN, whose inline policies and `deny` stay.

        Args:
            name: the role's name; optionally with a path, as in "team/deploy".
            account: twelve digits.
            trusts: who may assume it: ARNs of users, roles, role sessions or roots, account IDs, or "account root"
                for everyone in the role's own account.
            max_duration: the longest session in seconds, from 3600 to 43200 as at AWS.
            partition: "aws", "aws-cn", "aws-us-gov".
            require_mfa: refuse callers without a code or a session obtained with one.
            external_id: refuse callers without it.
            require_source_identity: refuse callers who neither set nor inherit a source identity.
            allow_tags: if false, refuse sts:TagSession.
        """
        if max_duration not in ROLE_DURATIONS:
            raise ValueError("AWS takes a MaxSessionDuration from 3600 to 43200")
        role = Role(
            arn=f"arn:{partition}:iam::{account}:role/{name}",
            id=unique_id("AROA", 17),
            account=account,
            partition=partition,
            trusts=tuple(trusts),
            deny=set(),
            max_duration=max_duration,
            require_mfa=require_mfa,
            external_id=external_id,
            require_source_identity=require_source_identity,
            allow_tags=allow_tags,
        )
        with self.lock:
            known = self._roles.get(role.arn)
            self._roles[role.arn] = role = role.replace(deny=known.deny) if known else role
        return role

    def managed_policy(self, arn: str, document: str) -> None:
        """Create a managed policy of an account, or replace the one of this ARN."""
        self.policies.manage(arn, document)

    def now(self) -> float:
        """Return the server's time in epoch seconds."""
        return time.time() + self.clock_skew

    def count(self, action: str, outcome: str | None = None) -> int:
        """Return the number of calls of an action, optionally only those with this outcome."""
        with self.lock:
            return sum(call.action == action and outcome in (None, call.outcome) for call in self.calls)

    def delete_key(self, access_key_id: str) -> None:
        """Delete a user's key pair; its sessions stay valid, as at AWS."""
        self.keys.remove(access_key_id)

    def revoke(self, access_key_id: str) -> None:
        """Revoke a session, which gets InvalidClientTokenId from now on."""
        self.keys.remove(access_key_id)

    def expire(self, access_key_id: str) -> None:
        """Expire a session, which gets ExpiredToken from now on."""
        self.keys.expire(access_key_id)

    def enroll(self, user_arn: str, serial: str) -> MfaDevice:
        """Give a user a device with this serial number, or with the next free one."""
        with self.lock:
            taken = sum(known.partition("+")[0] == serial for known in self._devices)
            device = MfaDevice(f"{serial}+{taken + 1}" if taken else serial, self.now, self.lock)
            self._devices[device.serial] = (user_arn, device)
            return device

    def issue_session(self, principal: Principal, duration: int, **facts: object) -> Credential:
        """Issue temporary credentials with these properties, for `duration` or at most `session_life` seconds."""
        now = self.now()
        session = SessionFacts(
            token=random_secret(self.token_length),
            expires_at=math.ceil(now + min(duration, self.session_life)),
            issued_at=now,
        ).replace(**facts)
        return self.keys.add(Credential(unique_id("ASIA"), random_secret(), principal, session))

    def credential(self, access_key_id: str) -> Credential | None:
        """Return the credential with this access key ID, active or not."""
        return self.keys.find(access_key_id)

    def secrets(self) -> set[str]:
        """Return every secret key, token and code ever issued, including those of SSO and the console."""
        return self.keys.secrets() | self.signin.secrets() | self.sso.codes.secrets() | self.signed_in.keys()

    def device(self, user_arn: str, serial: str) -> MfaDevice | None:
        """Return a device if it belongs to this user."""
        with self.lock:
            owner, device = self._devices.get(serial, ("", None))
            return device if owner == user_arn else None

    def find_role(self, arn: str) -> Role | None:
        """Return the role with this ARN."""
        with self.lock:
            return self._roles.get(arn)

    def find_role_named(self, name: str, account: str, partition: str) -> Role | None:
        """Return an account's role with this name, whatever its path."""
        with self.lock:
            roles = list(self._roles.values())
        own = (each for each in roles if (each.account, each.partition) == (account, partition))
        return next((each for each in own if each.arn.rpartition("/")[2] == name), None)

    def find_user(self, arn: str) -> User | None:
        """Return the user with this ARN."""
        with self.lock:
            return self._users.get(arn)

    def log(self, call: Call) -> None:
        """Record a call."""
        with self.lock:
            self.calls.append(call)
