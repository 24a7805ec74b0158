"""Everything the server knows: accounts, credentials, devices, roles, its clock, and the calls it had. No protocol."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from tests.aws.devices import MfaDevice
from tests.aws.identities import Credential, Role, SessionFacts, User, random_secret, unique_id
from tests.aws.provider import Provider
from tests.aws.register import Register
from tests.aws.sso import Sso
from tests.aws.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.aws.identities import Call, Principal

ACCOUNT = "111122223333"
ROLE_DURATIONS = range(3600, 43200 + 1)
"""What AWS accepts as a role's MaxSessionDuration, in seconds."""


class World:
    """The accounts behind a server. Tests build it and ask it afterwards; one lock guards it.

    Attributes:
        min_duration: the shortest session that may be asked for, in seconds; 1 makes sessions that soon expire.
        token_length: characters of a session token.
        clock_skew: seconds by which the server's whole clock, and its MFA devices, are ahead of this machine.
        key_delay: seconds during which a key made by IAM's CreateAccessKey is still unknown everywhere.
        key_refusals: how many calls with such a key are refused in any case, however late they come.
        keys: the access keys, working or not.
        signin: the sign-in tokens of the console.
        sso: IAM Identity Center, and the person who signs in to it.
        lock: guards all of this.
        calls: every request, in the order of its outcome.
    """

    def __init__(self) -> None:
        self.min_duration = 900
        self.token_length = 350
        self.clock_skew = 0.0
        self.key_delay = 0.0
        self.key_refusals = 0
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._users: dict[str, User] = {}
        self._roles: dict[str, Role] = {}
        self.keys = Register(self.now, self.lock)
        self.signin = Tickets(self.now, self.lock)
        self.sso = Sso(self)
        self.provider = Provider(self.now, self.lock, self.keys.hide)
        self._devices: dict[str, tuple[str, MfaDevice]] = {}

    def user(self, name: str = "alice", account: str = ACCOUNT, partition: str = "aws") -> User:
        """Return the user of this name, new or as created before."""
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
        """Create a role, or replace the one of this arn.

        Args:
            name: the role's name; it may begin with a path, as in "team/deploy".
            account: twelve digits.
            trusts: who may assume it: arns of users, roles, role sessions or roots, account ids, or "account root"
                for everybody in the role's own account.
            max_duration: the longest session in seconds, from 3600 to 43200 as AWS has it.
            partition: "aws", "aws-cn", "aws-us-gov".
            require_mfa: refuse callers without a code or a session that was got with one.
            external_id: refuse callers who do not name it.
            require_source_identity: refuse callers who set no source identity and inherit none.
            allow_tags: false refuses sts:TagSession.
        """
        if max_duration not in ROLE_DURATIONS:
            raise ValueError("AWS takes a MaxSessionDuration from 3600 to 43200")
        role = Role(
            arn=f"arn:{partition}:iam::{account}:role/{name}",
            id=unique_id("AROA", 17),
            account=account,
            partition=partition,
            trusts=tuple(trusts),
            max_duration=max_duration,
            require_mfa=require_mfa,
            external_id=external_id,
            require_source_identity=require_source_identity,
            allow_tags=allow_tags,
        )
        with self.lock:
            self._roles[role.arn] = role
        return role

    def now(self) -> float:
        """Return the server's time in epoch seconds."""
        return time.time() + self.clock_skew

    def count(self, action: str, outcome: str | None = None) -> int:
        """Return how many calls of an action came in, all of them or those that ended so."""
        with self.lock:
            return sum(call.action == action and outcome in (None, call.outcome) for call in self.calls)

    def delete_key(self, access_key_id: str) -> None:
        """Delete a user's key pair. Sessions minted from it live on, as in AWS."""
        self.keys.forget(access_key_id)

    def revoke(self, access_key_id: str) -> None:
        """Make a session unknown: it answers InvalidClientTokenId from now on."""
        self.keys.forget(access_key_id)

    def expire(self, access_key_id: str) -> None:
        """End a session's time now: it answers ExpiredToken from now on."""
        self.keys.expire(access_key_id)

    def enrol(self, user_arn: str, serial: str) -> MfaDevice:
        """Give a user a device under this serial number, or the next free one after it."""
        with self.lock:
            taken = sum(known.partition("+")[0] == serial for known in self._devices)
            device = MfaDevice(f"{serial}+{taken + 1}" if taken else serial, self.now, self.lock)
            self._devices[device.serial] = (user_arn, device)
            return device

    def mint(self, principal: Principal, duration: int, **facts: object) -> Credential:
        """Issue temporary credentials, of at least `duration` seconds; `facts` are those of `SessionFacts`."""
        session = SessionFacts(
            token=random_secret(self.token_length), expires_at=math.ceil(self.now() + duration)
        ).replace(**facts)
        return self.keys.admit(Credential(unique_id("ASIA"), random_secret(), principal, session))

    def credential(self, access_key_id: str) -> Credential | None:
        """Return what is known under an access key id, working or not."""
        return self.keys.known(access_key_id)

    def secrets(self) -> set[str]:
        """Return every secret key, token and code that was ever issued, those of SSO and of the console too."""
        return self.keys.secrets() | self.signin.secrets() | self.sso.codes.secrets()

    def device(self, user_arn: str, serial: str) -> MfaDevice | None:
        """Return a device if it is this user's."""
        with self.lock:
            owner, device = self._devices.get(serial, ("", None))
            return device if owner == user_arn else None

    def find_role(self, arn: str) -> Role | None:
        """Return the role of this arn."""
        with self.lock:
            return self._roles.get(arn)

    def find_user(self, arn: str) -> User | None:
        """Return the user of this arn."""
        with self.lock:
            return self._users.get(arn)

    def log(self, call: Call) -> None:
        """Write a call down."""
        with self.lock:
            self.calls.append(call)
