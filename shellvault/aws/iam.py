"""A user's access keys at IAM, for `rotate`: listed, made, deleted, and seen to work at STS."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shellvault.aws.aws_errors import ApiCall, translate_failure, translate_refusal
from shellvault.aws.client import ATTEMPTS, NO_ANSWER, client
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from shellvault.core.rotation.journal import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Session


class IamEndpoints(Record):
    """Where IAM and STS are asked, each with its own endpoint or the empty string for AWS's."""

    iam_region: str
    iam_endpoint: str
    sts_region: str
    sts_endpoint: str
    ca_bundle: str


class IamAccessKeys:
    """Asks about the access keys of the user who signs; `name` and `source` are whose and what signs, for messages."""

    def __init__(self, place: IamEndpoints, name: str, source: Chain) -> None:
        self._place = place
        self._name = name
        self._source = source

    def keys(self, signer: KeyPair | Session) -> tuple[Key, ...]:
        """Return the user's access keys.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        listed = self._iam("ListAccessKeys", "list_access_keys", signer).get("AccessKeyMetadata") or []
        return tuple(
            Key(
                id=str(each["AccessKeyId"]),
                user=str(each.get("UserName", "")),
                made=f"{each['CreateDate']:%Y-%m-%d}" if each.get("CreateDate") else "an unknown day",
                active=each.get("Status") != "Inactive",
            )
            for each in listed
            if each.get("AccessKeyId")
        )

    def create(self, signer: KeyPair | Session) -> KeyPair:
        """Return a new key pair; the call is made once, for a second one could make a second key.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: no answer came, or not the whole of it: a key may have been made.
        """
        made = self._iam("CreateAccessKey", "create_access_key", signer, attempts=1).get("AccessKey") or {}
        key_id, secret = made.get("AccessKeyId"), made.get("SecretAccessKey")
        if not key_id or not secret:
            raise AwsUnreachableError("AWS's answer could not be read")
        return KeyPair(str(key_id), Secret(secret))

    def delete(self, signer: KeyPair | Session, key_id: str) -> None:
        """Delete a key; one that is not there is no error.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        try:
            self._iam("DeleteAccessKey", "delete_access_key", signer, AccessKeyId=key_id)
        except _NoSuchKeyError:
            return

    def last_used(self, signer: KeyPair | Session, key: Key) -> str:
        """Return when a key was used last, as people say it."""
        try:
            answer = self._iam("GetAccessKeyLastUsed", "get_access_key_last_used", signer, AccessKeyId=key.id)
        except (AwsRefusedError, AwsUnreachableError):
            return "last use not known"
        used = (answer.get("AccessKeyLastUsed") or {}).get("LastUsedDate")
        return f"last used on {used:%Y-%m-%d}" if used else "never used"

    def works(self, pair: KeyPair) -> bool:
        """Say whether STS knows a key pair.

        Raises:
            AwsRefusedError: it refuses it for another reason than not knowing it.
            AwsUnreachableError: AWS could not be reached.
        """
        place = self._place
        sts = client("sts", place.sts_region, place.sts_endpoint, place.ca_bundle, pair)
        asked = ApiCall("sts.GetCallerIdentity", self._name, self._source, place.sts_region, place.sts_endpoint)
        try:
            sts.get_caller_identity()
        except ClientError as error:
            if error.response["Error"].get("Code") == "InvalidClientTokenId":
                return False
            raise translate_refusal(error.response, asked, time.time()) from None
        except NO_ANSWER as error:
            raise translate_failure(error, asked) from None
        return True

    def _iam(
        self, action: str, call: str, signer: KeyPair | Session, *, attempts: int = ATTEMPTS, **parameters: str
    ) -> Mapping[str, Any]:
        place = self._place
        asked = ApiCall(f"iam.{action}", self._name, self._source, place.iam_region, place.iam_endpoint)
        iam = client("iam", place.iam_region, place.iam_endpoint, place.ca_bundle, signer, attempts=attempts)
        try:
            answer: Mapping[str, Any] = getattr(iam, call)(**parameters)
        except ClientError as error:
            if error.response["Error"].get("Code") == "NoSuchEntity":
                raise _NoSuchKeyError("AWS has no such key") from None
            raise translate_refusal(error.response, asked, time.time()) from None
        except NO_ANSWER as error:
            raise translate_failure(error, asked) from None
        return answer


class _NoSuchKeyError(AwsRefusedError):
    """The key is not there."""
