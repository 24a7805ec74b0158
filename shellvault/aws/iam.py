"""A user's access keys at IAM, for `rotate`: lists, creates and deletes them, and tries them at STS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shellvault.aws.aws_errors import ApiCall, ExpectedRefusalError, call
from shellvault.aws.client import ATTEMPTS, client
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.core.rotation.journal import Key

if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Session


class IamEndpoints(Record):
    """Where IAM and STS are called, each with its own endpoint or the empty string for AWS's, and how."""

    iam_region: str
    iam_endpoint: str
    sts_region: str
    sts_endpoint: str
    network: Network


class IamAccessKeys:
    """Calls IAM for the access keys of the user who signs.

    Args:
        endpoints: where the services are.
        name: whose keys they are, for messages.
        source: what signs, for messages.
    """

    def __init__(self, endpoints: IamEndpoints, name: str, source: Chain) -> None:
        self._endpoints = endpoints
        self._name = name
        self._source = source

    def keys(self, signer: KeyPair | Session) -> tuple[Key, ...]:
        """Return the user's access keys.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        answer = self._call_iam("list_access_keys", "iam:ListAccessKeys", signer)
        return tuple(
            Key(
                id=str(each["AccessKeyId"]),
                user=str(each.get("UserName", "")),
                made=f"{each['CreateDate']:%Y-%m-%d}" if each.get("CreateDate") else "an unknown day",
                active=each.get("Status") != "Inactive",
            )
            for each in answer.get("AccessKeyMetadata") or []
            if each.get("AccessKeyId")
        )

    def create(self, signer: KeyPair | Session) -> KeyPair:
        """Return a new key pair; the call is made once, because a second one could create a second key.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: there was no answer, or only part of one: a key may have been created.
        """
        answer = self._call_iam("create_access_key", "iam:CreateAccessKey", signer, attempts=1)
        created = answer.get("AccessKey") or {}
        key_id, secret = created.get("AccessKeyId"), created.get("SecretAccessKey")
        if not key_id or not secret:
            raise AwsUnreachableError("AWS's answer could not be read")
        return KeyPair(str(key_id), Secret(secret))

    def delete(self, signer: KeyPair | Session, key_id: str) -> None:
        """Delete a key; a key that does not exist is no error.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        self._call_iam("delete_access_key", "iam:DeleteAccessKey", signer, missing="NoSuchEntity", AccessKeyId=key_id)

    def last_used(self, signer: KeyPair | Session, key: Key) -> str:
        """Return when a key was last used, as words."""
        operation, permission = "get_access_key_last_used", "iam:GetAccessKeyLastUsed"
        try:
            answer = self._call_iam(operation, permission, signer, AccessKeyId=key.id)
        except (AwsRefusedError, AwsUnreachableError):
            return "last use unknown"
        used = (answer.get("AccessKeyLastUsed") or {}).get("LastUsedDate")
        return f"last used on {used:%Y-%m-%d}" if used else "never used"

    def works(self, pair: KeyPair) -> bool:
        """Return whether STS knows a key pair.

        Raises:
            AwsRefusedError: it refuses the key pair for another reason.
            AwsUnreachableError: AWS could not be reached.
        """
        where = self._endpoints
        sts = client("sts", where.sts_region, where.sts_endpoint, where.network, pair)
        made_for = ApiCall(
            "sts", "sts:GetCallerIdentity", self._name, self._source, where.sts_region, where.sts_endpoint
        )
        try:
            call(sts, "get_caller_identity", {}, made_for, expected=("InvalidClientTokenId",))
        except ExpectedRefusalError:
            return False
        return True

    def _call_iam(
        self,
        operation: str,
        permission: str,
        signer: KeyPair | Session,
        *,
        attempts: int = ATTEMPTS,
        missing: str = "",
        **parameters: str,
    ) -> dict[str, Any]:
        """Return IAM's answer; an empty one where it refuses with the code `missing`."""
        where = self._endpoints
        iam = client("iam", where.iam_region, where.iam_endpoint, where.network, signer, attempts=attempts)
        made_for = ApiCall("iam", permission, self._name, self._source, where.iam_region, where.iam_endpoint)
        try:
            return call(iam, operation, parameters, made_for, expected=(missing,) if missing else ())
        except ExpectedRefusalError:
            return {}
