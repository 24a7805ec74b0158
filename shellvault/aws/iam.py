"""A user's access keys at IAM: lists them; for `rotate`, creates and deletes them, and tries them at STS."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from shellvault.aws.aws_errors import RETRY, ApiCall, ExpectedRefusalError, call
from shellvault.aws.client import ATTEMPTS, client
from shellvault.core.chain.sts_parameters import sts_region
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError
from shellvault.core.model import KeyPair
from shellvault.core.partitions import PARTITIONS, partition_of_region
from shellvault.core.record import Record, Secret
from shellvault.core.rotation.journal import Key, KeyUse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Profile, Session

    Signer = KeyPair | Session

_MISSING = ("NoSuchEntity",)


class IamEndpoints(Record):
    """Where IAM and STS are called, each with its own endpoint or the empty string for AWS's, and how."""

    iam_region: str
    iam_endpoint: str
    sts_region: str
    sts_endpoint: str
    network: Network


def find_endpoints(profile: Profile, profiles: Profiles, network: Network, role_arn: str = "") -> IamEndpoints:
    """Return where the key pair of a profile is known, or the role of a profile without a region."""
    endpoint, sts_endpoint = profiles.endpoint(profile, "iam"), profiles.endpoint(profile)
    region = sts_region(profile, role_arn, sts_endpoint)
    partition = PARTITIONS[partition_of_region(region)]
    return IamEndpoints(
        iam_region=partition.home_region if partition.console else region,  # else its home region is a guess
        iam_endpoint=endpoint,
        sts_region=region,
        sts_endpoint=sts_endpoint,
        network=network,
    )


class IamAccessKeys:
    """Calls IAM for the access keys of the user who signs.

    Args:
        endpoints: where the services are.
        name: whose keys they are, for messages.
        source: what signs, for messages.

    Attributes:
        told: when the keys that AWS has told of were created: epoch seconds by fingerprint.
    """

    def __init__(self, endpoints: IamEndpoints, name: str, source: Chain) -> None:
        self._endpoints = endpoints
        self._name = name
        self._source = source
        self.told: dict[str, int] = {}

    def keys(self, signer: Signer) -> tuple[Key, ...]:
        """Return the user's access keys.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        answer = self._call_iam("list_access_keys", "iam:ListAccessKeys", signer)
        listed = answer.get("AccessKeyMetadata")
        if listed is None:  # the page of a proxy or of a network that wants a sign-in
            raise AwsUnreachableError("the answer to ListAccessKeys is not one of AWS", RETRY)
        self._note_creation(*listed)
        return tuple(_parse_key(each) for each in listed if each.get("AccessKeyId"))

    def create(self, signer: Signer) -> KeyPair:
        """Return a new key pair; the call is made once, because a second one could create a second key.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: there was no answer, or only part of one: a key may have been created.
        """
        answer = self._call_iam("create_access_key", "iam:CreateAccessKey", signer, attempts=1)
        created = answer.get("AccessKey") or {}
        key_id, secret = created.get("AccessKeyId"), created.get("SecretAccessKey")
        if not key_id or not secret:
            raise AwsUnreachableError("AWS's response could not be parsed")
        self._note_creation(created)
        return KeyPair(str(key_id), Secret(secret))

    def delete(self, signer: Signer, key_id: str) -> None:
        """Delete a key; one that AWS does not know is not an error.

        The answer never proves that the key is gone: a success is empty, and "no such key" may come from a part of AWS
        that has not heard of the key yet. Use `keys` to find out.

        Raises:
            AwsRefusedError: this is not allowed.
            AwsUnreachableError: AWS could not be reached.
        """
        with suppress(ExpectedRefusalError):
            self._call_iam("delete_access_key", "iam:DeleteAccessKey", signer, expected=_MISSING, AccessKeyId=key_id)

    def last_used(self, signer: Signer, key: Key) -> KeyUse:
        """Return when a key was last used."""
        operation, permission = "get_access_key_last_used", "iam:GetAccessKeyLastUsed"
        try:
            answer = self._call_iam(operation, permission, signer, AccessKeyId=key.id)
        except (AwsRefusedError, AwsUnreachableError):
            return KeyUse("last use unknown")
        told = answer.get("AccessKeyLastUsed")
        if told is None:
            return KeyUse("last use unknown")
        used = told.get("LastUsedDate")
        return KeyUse(f"last used on {used:%Y-%m-%d}") if used else KeyUse("never used", never=True)

    def works(self, pair: KeyPair) -> bool:
        """Return whether STS knows a key pair; for the errors see `keys`."""
        region, endpoint = self._endpoints.sts_region, self._endpoints.sts_endpoint
        made_for = ApiCall("sts", "sts:GetCallerIdentity", self._name, self._source, region, endpoint)
        sts = client("sts", region, endpoint, self._endpoints.network, pair)
        try:
            call(sts, "get_caller_identity", {}, made_for, expected=("InvalidClientTokenId",))
        except ExpectedRefusalError:
            return False
        return True

    def _note_creation(self, *answers: Mapping[str, Any]) -> None:
        for answer in answers:
            if (key_id := answer.get("AccessKeyId")) and (made := answer.get("CreateDate")):
                self.told[KeyPair(str(key_id), Secret()).fingerprint] = int(made.timestamp())

    def _call_iam(
        self,
        operation: str,
        permission: str,
        signer: Signer,
        *,
        attempts: int = ATTEMPTS,
        expected: Collection[str] = (),
        **given: str,
    ) -> dict[str, Any]:
        """Return IAM's answer; for the errors see `call`."""
        region, endpoint = self._endpoints.iam_region, self._endpoints.iam_endpoint
        made_for = ApiCall("iam", permission, self._name, self._source, region, endpoint)
        iam = client("iam", region, endpoint, self._endpoints.network, signer, attempts=attempts)
        return call(iam, operation, given, made_for, expected=expected)


def _parse_key(answer: Mapping[str, Any]) -> Key:
    made = answer.get("CreateDate")
    return Key(
        id=str(answer["AccessKeyId"]),
        user=str(answer.get("UserName", "")),
        made=f"{made:%Y-%m-%d}" if made else "an unknown day",
        made_at=made.timestamp() if made else 0,
        active=answer.get("Status") != "Inactive",
    )
