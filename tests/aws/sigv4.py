"""Verifies Signature Version 4: who signed a request, and whether the signature is valid.

Source: "Create a signed AWS API request" in the IAM User Guide. Error messages are those of AWS.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from calendar import timegm
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from shellvault.core.record import Record
from tests.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.aws.identities import Credential
    from tests.aws.request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
TOLERANCE = 5 * 60
"""Seconds by which the client's clock may differ from the server's."""

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+", re.ASCII)
_PARTS = ("Credential", "Signature", "SignedHeaders")
_SCOPE_PARTS = 5


class Claim(Record):
    """The contents of an Authorization header, not verified yet."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope, from which the signing key is derived."""
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def read_claim(request: Request) -> Claim:
    """Parse the Authorization header, or refuse the request if it is missing or incomplete."""
    header = request.header("authorization")
    if not header:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    algorithm, _, rest = header.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    missing = [f"Authorization header requires '{part}' parameter." for part in _PARTS if not parts.get(part)]
    if algorithm != ALGORITHM or missing:
        raise _make_incomplete(" ".join(missing) or f"Unsupported AWS 'algorithm': '{algorithm}'.")
    if len(scope := parts["Credential"].split("/")) != _SCOPE_PARTS:
        raise _make_incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{parts['Credential']}'"
        )
    key, date, region, service, terminator = scope
    return Claim(key, date, region, service, terminator, tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


def verify(
    request: Request, claim: Claim, known: Credential | None, now: float, services: Collection[str]
) -> Credential:
    """Return the signer; refuse a signature that is not valid at `now` (epoch seconds) for one of `services`.

    `known` is the credential with the claimed access key ID.
    """
    stamp = _parse_timestamp(request)
    _check_scope(claim, stamp, services)
    _check_age(stamp, now)
    if known is None or not _has_valid_token(request, claim, known):
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    _check_signed_headers(request, claim)
    _check_payload(request)
    expected = _compute_signature(request, claim, stamp, known.secret)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise _make_mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )
    return known


def build_canonical_request(request: Request, signed_headers: tuple[str, ...]) -> str:
    """Return the text of a request that both sides hash."""
    headers = "".join(f"{name}:{','.join(map(_fold, request.values(name)))}\n" for name in signed_headers)
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/-_.~") or "/",  # all services except S3 encode the path twice
            _canonicalize_query(request.query),
            headers,
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _canonicalize_query(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = sorted((_encode(name), _encode(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encode(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _fold(value: str) -> str:
    return " ".join(value.split())


def _compute_signature(request: Request, claim: Claim, stamp: str, secret: str) -> str:
    hashed = hashlib.sha256(build_canonical_request(request, claim.signed_headers).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in (claim.date, claim.region, claim.service, claim.terminator):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, f"{ALGORITHM}\n{stamp}\n{claim.scope}\n{hashed}".encode(), "sha256").hex()


def _parse_timestamp(request: Request) -> str:
    stamp = request.header("x-amz-date")
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp, re.ASCII):
        raise _make_incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return stamp


def _check_scope(claim: Claim, stamp: str, services: Collection[str]) -> None:
    if claim.terminator != "aws4_request":
        raise _make_mismatch(f"Credential should be scoped with 'aws4_request', not '{claim.terminator}'.")
    if claim.service not in services:
        named = ", ".join(f"'{service}'" for service in services)
        raise _make_mismatch(f"Credential should be scoped to correct service: {named}.")
    if not _REGION.fullmatch(claim.region):
        raise _make_mismatch(f"Credential should be scoped to a valid region, not '{claim.region}'.")
    if not stamp.startswith(claim.date + "T"):
        raise _make_mismatch(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{stamp[:8]}', from '{stamp}'."
        )


def _check_age(stamp: str, now: float) -> None:
    try:
        signed_at = timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise _make_incomplete(f"Date must be in ISO-8601 'basic format'. Got '{stamp}'.") from None
    if signed_at < now - TOLERANCE:
        earliest = f"{_format_timestamp(now - TOLERANCE)} ({_format_timestamp(now)} - 5 min.)"
        raise _make_mismatch(f"Signature expired: {stamp} is now earlier than {earliest}")
    if signed_at > now + TOLERANCE:
        latest = f"{_format_timestamp(now + TOLERANCE)} ({_format_timestamp(now)} + 5 min.)"
        raise _make_mismatch(f"Signature not yet current: {stamp} is still later than {latest}")


def _format_timestamp(at: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))


def _has_valid_token(request: Request, claim: Claim, credential: Credential) -> bool:
    """Return whether the request contains the session's token, signed; a user's own key must have none."""
    sent = request.values("x-amz-security-token")
    if credential.session is None:
        return not sent
    signed = "x-amz-security-token" in claim.signed_headers
    token = request.header("x-amz-security-token")
    return signed and hmac.compare_digest(token.encode(), credential.session.token.encode())


def _check_signed_headers(request: Request, claim: Claim) -> None:
    signed = claim.signed_headers
    if list(signed) != sorted(set(signed)) or any(name != name.lower() for name in signed):
        raise _make_mismatch("The 'SignedHeaders' of the AWS Authorization must be lower case, sorted, and named once.")
    arrived = {name.lower() for name, _ in request.headers}
    if absent := set(signed) - arrived:
        raise _make_mismatch(
            f"The 'SignedHeaders' of the AWS Authorization name headers that are absent: {sorted(absent)}"
        )
    for name in sorted({"host"} | {name for name in arrived if name.startswith("x-amz-")}):
        if name not in signed:
            raise _make_mismatch(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def _check_payload(request: Request) -> None:
    stated = request.header("x-amz-content-sha256")
    if stated and not hmac.compare_digest(stated.encode(), hashlib.sha256(request.body).hexdigest().encode()):
        raise _make_mismatch("The provided 'x-amz-content-sha256' header does not match what was computed.")


def _make_mismatch(message: str) -> AwsError:
    return AwsError("SignatureDoesNotMatch", message, 403)


def _make_incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignature", message, 400)
