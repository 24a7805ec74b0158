"""Errors returned by AWS: a code, a message and an HTTP status."""

from __future__ import annotations


class AwsError(Exception):
    """An error sent to the client as AWS's XML ErrorResponse."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def access_denied(message: str) -> AwsError:
    """Return the error for a known caller without permission."""
    return AwsError("AccessDenied", message, 403)


def validation_error(message: str) -> AwsError:
    """Return the error for an invalid parameter."""
    return AwsError("ValidationError", message)


def not_authorized(arn: str, action: str, resource: str, reason: str = "") -> AwsError:
    """Return the error of a policy, which never says which condition failed."""
    message = f"User: {arn} is not authorized to perform: {action} on resource: {resource}"
    return access_denied(f"{message} {reason}".rstrip())
