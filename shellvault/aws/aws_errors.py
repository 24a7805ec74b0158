"""Calls AWS and translates botocore's errors into ours: the one place that does so. Messages hold no secret."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from shellvault.aws.api_call import ApiCall
from shellvault.aws.failures import NO_ANSWER, translate_failure
from shellvault.aws.refusals import RETRY, translate_refusal
from shellvault.aws.region_names import explain_region
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from shellvault.core.chain.links import Link

__all__ = ["RETRY", "ApiCall"]

_WRONG_SIGNATURE = "SignatureDoesNotMatch"
_SERVICES = {
    "sts": "STS",
    "iam": "IAM",
    "sso": "IAM Identity Center",
    "sso-oidc": "IAM Identity Center",
}


class ExpectedRefusalError(Exception):
    """AWS refused a call in a way that the caller is prepared for; `code` is AWS's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def call(
    client: Any,
    operation: str,
    parameters: Mapping[str, object],
    made_for: Link | ApiCall,
    *,
    expected: Collection[str] = (),
) -> dict[str, Any]:
    """Return AWS's answer to one operation of a botocore client.

    Args:
        client: see `shellvault.aws.client`.
        operation: its name in botocore.
        parameters: its parameters in botocore.
        made_for: the link whose session is obtained, or a call that obtains none.
        expected: AWS error codes that the caller handles.

    Raises:
        ExpectedRefusalError: AWS refused with one of the expected codes.
        AwsRefusedError: AWS refused; SourceRefusedError if it refused the credentials that signed the call.
        WrongAnswerError: AWS refused the MFA code.
        AwsUnreachableError: there was no readable answer, or AWS asked for a pause.
    """
    with _reach_for(made_for, client.meta.method_to_api_mapping[operation]):
        try:
            answer: dict[str, Any] = getattr(client, operation)(**_require_text(parameters, made_for.profile))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code") or "")
            if code in expected:
                raise ExpectedRefusalError(code) from None
            raise translate_refusal(error, made_for) from None
    return answer


@contextmanager
def _reach_for(made_for: Link | ApiCall, operation: str) -> Iterator[None]:
    """Like `reach`, but if an unknown region may be the cause, the hint starts with that."""
    try:
        with reach(_place(made_for), f"{operation} for '{made_for.profile}'"):
            yield
    except (AwsUnreachableError, AwsRefusedError) as error:
        is_refused = isinstance(error, AwsRefusedError)
        is_possible = _WRONG_SIGNATURE in error.message if is_refused else not made_for.endpoint
        if is_possible and (fault := explain_region(made_for.region)):
            error.hint = f"{fault}: correct region of '{made_for.profile}'; otherwise {error.hint}"
        raise


def _place(made_for: Link | ApiCall) -> str:
    return made_for.endpoint or f"{_SERVICES[made_for.service]} in {made_for.region}"


def _require_text(parameters: Mapping[str, object], profile: str) -> Mapping[str, object]:
    """Return the parameters if all of them can be sent: a config file may hold bytes that are not UTF-8."""
    for name, value in parameters.items():
        if "\\udc" in ascii(value):
            setting = xform_name(name)
            raise UsageError(
                f"{setting} of profile '{profile}' is not UTF-8, so it cannot be sent", "correct it in the config file"
            )
    return parameters


@contextmanager
def reach(where: str, what: str = "") -> Iterator[None]:
    """Translate what botocore raises when `where` gives no answer to `what`, or an unreadable one.

    Raises:
        AwsUnreachableError: no response came, or one that cannot be parsed.
    """
    try:
        yield
    except NO_ANSWER as error:
        raise translate_failure(error, where, what or where) from None
