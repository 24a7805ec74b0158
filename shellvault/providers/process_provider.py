"""Obtains the session of a `credential_process`: runs the program and parses the JSON that it prints, strictly.

The format is the AWS SDKs' "Process credential provider": an object with Version 1, AccessKeyId, SecretAccessKey,
SessionToken and Expiration where the credentials are temporary, and perhaps AccountId.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shellvault.aws import credential_parsing
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import is_account
from shellvault.providers.credential_program import run_credential_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.root_credentials import Process
    from shellvault.core.model import KeyPair, Session
    from shellvault.providers.provider_context import ProviderContext

_VERSION = 1


class ProcessProvider:
    """Runs credential_process commands."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context

    def __call__(self, link: Process, _source: KeyPair | Session | None) -> Session:
        """Return the session that the program prints; for the errors see `run_credential_program`."""
        what = f"credential_process of '{link.profile}'"
        printed = run_credential_program(link.command, what, self._context)
        try:
            return parse_output(printed)
        except AwsUnreachableError as error:
            raise AwsUnreachableError(
                f"{what} did not print credentials: {error.message}", "run it by hand to see what is wrong"
            ) from None


def parse_output(printed: bytes) -> Session:
    """Return the session in a program's output.

    Raises:
        AwsUnreachableError: there is none.
    """
    document = _parse_json(printed)
    end = _parse_expiration(document)
    session = credential_parsing.parse_session(document, "AccessKeyId", "SecretAccessKey", "SessionToken", end)
    if session.access_key_id and session.secret_access_key:
        return session.replace(account=_parse_account(document))
    raise AwsUnreachableError("it lacks AccessKeyId or SecretAccessKey")


def _parse_json(printed: bytes) -> dict[str, Any]:
    try:
        document = json.loads(printed.decode("utf-8"), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise AwsUnreachableError("it is not JSON") from None
    if not isinstance(document, dict):
        raise AwsUnreachableError("it is not a JSON object")
    version = document.get("Version")
    if type(version) is not int or version != _VERSION:
        raise AwsUnreachableError("its Version is not 1")
    return document


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that occurs twice: parsers that take the first and those that take the last would disagree."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name occurs twice")
    return document


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _parse_account(document: Mapping[str, Any]) -> str:
    """Return the account, or the empty string if the program names none, or an impossible one."""
    account = document.get("AccountId")
    return account if isinstance(account, str) and is_account(account) else ""


def _parse_expiration(document: Mapping[str, Any]) -> int | None:
    """Return epoch seconds; None where the program names no expiry."""
    text = document.get("Expiration")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise AwsUnreachableError("its Expiration is not a time like 2026-01-01T00:00:00Z")
    return int(moment.timestamp())
