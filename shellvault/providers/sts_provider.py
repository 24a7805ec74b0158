"""Obtains sessions from AWS STS."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

from shellvault.aws import credential_parsing
from shellvault.aws.aws_errors import RETRY, call
from shellvault.aws.client import ATTEMPTS, client
from shellvault.core.chain.sts_parameters import make_session_name
from shellvault.core.errors import AwsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.chain.links import Link
    from shellvault.core.model import KeyPair, Session
    from shellvault.providers.provider_context import ProviderContext
    from shellvault.ui.mfa.code_source import CodeSource


class StsProvider:
    """Obtains the session of a link, signing with the credentials of the link below it."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context

    def __call__(self, link: Link, source: KeyPair | Session | None) -> Session:
        """Return a new session.

        Raises:
            PersonNeededError: a code was needed and not given, or AWS refused it.
            AwsRefusedError: AWS refused the call; SourceRefusedError where it refused what signed the call.
            AwsUnreachableError: AWS could not be reached, or asked for a pause.
        """
        parameters = link.request()
        if not link.mfa_serial:
            return request_session(self._context, link, source, parameters)

        def use_code(code: str) -> Session:
            """Make only one call: whatever happened to it, AWS would refuse a second one with the same code."""
            given = {**parameters, "SerialNumber": link.mfa_serial, "TokenCode": code}
            return request_session(self._context, link, source, given, attempts=1)

        return self._code_source(link).use(link.mfa_serial, link.profile, use_code)

    def _code_source(self, link: Link) -> CodeSource:
        from shellvault.ui.mfa.code_source import CodeSource

        context = self._context
        if context.resolved.mfa_process and not context.settings.mfa_token:
            context.network.guard.check_program(f"the mfa_process of '{link.profile}'")
        resolved = context.resolved
        asked_for = resolved.path[1] if resolved.profile.takes_session else resolved.path[0]
        return CodeSource(context.settings, context.ui, resolved.mfa_process, asked_for)


def request_session(
    context: ProviderContext,
    link: Link,
    source: KeyPair | Session | None,
    parameters: Mapping[str, object],
    *,
    attempts: int = ATTEMPTS,
) -> Session:
    """Return the session that STS gives for a link's call; for the errors see `StsProvider`."""
    name, longest = link.naming
    if name and name not in parameters:
        parameters = {**parameters, name: make_session_name(_describe_user(), longest)}
    sts = client(link.service, link.region, link.endpoint, context.network, source, attempts=attempts)
    return call_sts(sts, link, parameters)


def _describe_user() -> str:
    """Return `USER@HOST` by the system's own names, whatever the environment says; a nameless user is a number."""
    try:
        import pwd  # not on Windows

        user = pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        user = str(os.getuid()) if hasattr(os, "getuid") else os.getlogin()
    return f"{user}@{platform.node() or 'localhost'}"


def call_sts(sts: Any, link: Link, parameters: Mapping[str, object]) -> Session:
    """Return the session that a botocore client's call gives; for the errors see `StsProvider`."""
    answer = call(sts, link.operation, parameters, link)
    try:
        credentials = answer["Credentials"]
        expires_at = int(credentials["Expiration"].timestamp())
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise AwsUnreachableError("AWS's response could not be parsed", RETRY) from None
    return credential_parsing.require_complete(
        credential_parsing.parse_session(credentials, "AccessKeyId", "SecretAccessKey", "SessionToken", expires_at)
    )
