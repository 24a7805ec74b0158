"""Whether AWS can be reached, and agrees with this machine about the time."""

from __future__ import annotations

from shellvault.awsconfig import endpoints
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, UsageError
from shellvault.doctor import BAD, NOTE, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.app import App

_REFUSED = 300  # seconds from which AWS refuses signatures
_ODD = 60


def look(app: App) -> Iterator[Finding]:
    """Ask STS for the time: one request, with no credentials and no signature."""
    from shellvault.aws.clock import seconds_ahead

    try:
        endpoint = endpoints.choose_endpoint("sts", None, app.config, app.environ)
    except UsageError as error:
        yield Finding(BAD, error.message, error.hint, error.status)
        return
    if endpoints.is_loopback(endpoint):
        unset = "unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS"
        yield Finding(NOTE, f"credentials come from {endpoint}, not from AWS", unset)
    region = app.environ.get("AWS_REGION") or app.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    try:
        yield _judged(seconds_ahead(region, endpoint, app.environ.get("AWS_CA_BUNDLE", "")))
    except AwsUnreachableError as error:
        yield Finding(NOTE, f"{error.message}; this machine's clock could not be compared", error.hint)


def _judged(seconds: float) -> Finding:
    from shellvault.aws.aws_errors import SET_CLOCK

    if abs(seconds) < _ODD:
        return Finding(OK, "AWS answers, and this machine's clock agrees with it")
    amount = f"{abs(seconds) / 60:.0f} min {'ahead of' if seconds > 0 else 'behind'}"
    what = f"this machine's clock is {amount} AWS's, which accepts 5"
    if abs(seconds) < _REFUSED:
        return Finding(NOTE, what, f"sudo {SET_CLOCK}")
    return Finding(BAD, what, f"sudo {SET_CLOCK}", AwsRefusedError.status)
