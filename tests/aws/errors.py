"""What AWS answers when it refuses: a code, a message and an HTTP status. Nothing of the client's own errors."""

from __future__ import annotations


class AwsError(Exception):
    """A refusal that reaches the client as AWS's XML ErrorResponse."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def denied(message: str) -> AwsError:
    """Return the refusal of a caller who is known but may not."""
    return AwsError("AccessDenied", message, 403)


def invalid(message: str) -> AwsError:
    """Return the refusal of a parameter."""
    return AwsError("ValidationError", message)


def unauthorised(arn: str, action: str, resource: str) -> AwsError:
    """Return the refusal by a policy, which never says which condition failed."""
    return denied(f"User: {arn} is not authorized to perform: {action} on resource: {resource}")
