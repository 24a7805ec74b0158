"""Calls IAM with one set of credentials: denies older sessions, and deactivates access keys."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from shellvault.aws.aws_errors import ApiCall, ExpectedRefusalError, call
from shellvault.aws.client import client
from shellvault.aws.clock import read_date
from shellvault.core.errors import AwsRefusedError, ShellvaultError
from shellvault.core.model import Session
from shellvault.core.revocation.denial import AwsTime, Caller
from shellvault.core.revocation.deny_policy import POLICY_NAME
from shellvault.core.revocation.principals import USER, read_principal
from shellvault.system.deadline import time_since_boot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from shellvault.aws.iam import IamEndpoints
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import KeyPair
    from shellvault.core.revocation.principals import Principal

_MISSING = ("NoSuchEntity",)
_DENIED = "explicit deny in an identity-based policy"
_SLACK = 2  # seconds; AWS rounds both ends of a session's life


class IamSigner:
    """See `shellvault.core.revocation.denial.Signer`.

    Args:
        endpoints: where the services are.
        profile: whose sessions or keys this is about, for messages.
        link: what gives the credentials.
        obtain: returns them, or raises ShellvaultError.
    """

    def __init__(
        self, endpoints: IamEndpoints, profile: str, link: Chain, obtain: Callable[[], KeyPair | Session]
    ) -> None:
        self._endpoints = endpoints
        self._profile = profile
        self._link = link
        self._obtain = obtain
        self._held: KeyPair | Session | None = None

    @property
    def key_id(self) -> str:
        """The id of the access key that signs."""
        return self._credentials().access_key_id

    @property
    def issued_at(self) -> int:
        """When AWS issued the session at the earliest, in epoch seconds by AWS's clock; 0 for a key pair."""
        credentials = self._credentials()
        return credentials.expires_at - self._link.duration - _SLACK if isinstance(credentials, Session) else 0

    def caller(self) -> Caller:
        """See `Signer`."""
        region, endpoint = self._endpoints.sts_region, self._endpoints.sts_endpoint
        made_for = ApiCall("sts", "sts:GetCallerIdentity", self._profile, self._link, region, endpoint)
        sts = client("sts", region, endpoint, self._endpoints.network, self._credentials())
        asked_at = time_since_boot()
        answer = call(sts, "get_caller_identity", {}, made_for)
        arn, time = str(answer.get("Arn", "")), _read_time(answer, asked_at, endpoint or f"STS in {region}")
        return Caller(read_principal(arn), ":".join(arn.split(":")[4:5]), time)

    def read_policy(self, principal: Principal) -> object:
        """See `Signer`."""
        with suppress(ExpectedRefusalError):
            answer = self._call_policy("Get", principal, expected=_MISSING)
            return answer.get("PolicyDocument")
        return None

    def sees_denial(self, principal: Principal) -> bool:
        """See `Signer`."""
        try:
            self.read_policy(principal)
        except AwsRefusedError as error:
            return _DENIED in f"{error.message} {error.hint}"
        except ShellvaultError:
            return False
        return False

    def put_policy(self, principal: Principal, policy: str) -> AwsTime:
        """See `Signer`."""
        asked_at = time_since_boot()
        return self._read_time(self._call_policy("Put", principal, PolicyDocument=policy), asked_at)

    def deactivate(self, user: str, key_id: str) -> AwsTime:
        """See `Signer`."""
        named, asked_at = {"UserName": user} if user else {}, time_since_boot()
        given = {"AccessKeyId": key_id, "Status": "Inactive", **named}
        return self._read_time(self._call("UpdateAccessKey", "update_access_key", given), asked_at)

    def _read_time(self, answer: Mapping[str, Any], asked_at: float) -> AwsTime:
        return _read_time(answer, asked_at, self._endpoints.iam_endpoint or "IAM")

    def _credentials(self) -> KeyPair | Session:
        if self._held is None:
            self._held = self._obtain()
        return self._held

    def _call_policy(
        self, verb: str, principal: Principal, expected: Collection[str] = (), **given: str
    ) -> dict[str, Any]:
        noun = "User" if principal.kind == USER else "Role"
        named = {f"{noun}Name": principal.name, "PolicyName": POLICY_NAME, **given}
        operation = f"{verb}_{noun}_policy".lower()
        return self._call(f"{verb}{noun}Policy", operation, named, expected)

    def _call(
        self, action: str, operation: str, given: Mapping[str, str], expected: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return IAM's answer; for the errors see `call`."""
        region, endpoint = self._endpoints.iam_region, self._endpoints.iam_endpoint
        made_for = ApiCall("iam", f"iam:{action}", self._profile, self._link, region, endpoint)
        iam = client("iam", region, endpoint, self._endpoints.network, self._credentials())
        return call(iam, operation, given, made_for, expected=expected)


def _read_time(answer: Mapping[str, Any], asked_at: float, where: str) -> AwsTime:
    """Return when AWS gave an answer to a question of some time, in seconds since boot; `where` is what answered."""
    read_at = time_since_boot()
    return AwsTime(int(read_date(answer, where)), read_at, read_at - asked_at)
