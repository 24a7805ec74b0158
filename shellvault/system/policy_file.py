"""Reads a session policy from a file."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.scope import parse_policy
from shellvault.system.paths import read_file


def read_policy(path: str, what: str) -> str:
    """Return the policy in a file as compact JSON; `what` is how the user named the file.

    Raises:
        UsageError: it cannot be read, or holds no policy that AWS takes for a session.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}", "check the path") from error
    except UnicodeDecodeError:
        raise UsageError(f"{what} is not text", "write an IAM policy into it, in JSON") from None
    return parse_policy(text, what)
