"""Translates what botocore raises when the service gave no answer, or something else answered, into our errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ProxyConnectionError, ReadTimeoutError, SSLError
from botocore.parsers import ResponseParserError

from shellvault.aws.http_session import MOST, READ_TIMEOUT, LargeAnswerError, LateAnswerError
from shellvault.aws.refusals import RETRY, TOO_MANY, throttled
from shellvault.aws.service_answers import ForeignAnswerError
from shellvault.core.errors import AwsUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GARBLED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
NO_ANSWER = (BotoCoreError, ResponseParserError, *_GARBLED)
"""What a call raises where no answer came, or an unreadable one: botocore's parsers let the last six through."""

_PROXY_WANTS_PASSWORD = 407
_REFUSED = 300
_IN_BETWEEN = f"a proxy or this network's sign-in page may have answered in its place; else {RETRY}"


def translate_failure(error: Exception, where: str, what: str) -> AwsUnreachableError:
    """Return our error for a call, `what`, that `where` did not answer.

    The error's own text is not used: it may hold the URL with a session in it, or a proxy's password.
    """
    for kind, translate in _TRANSLATIONS.items():
        if isinstance(error, kind):
            return translate(error, where, what)
    if isinstance(error, BotoCoreError):
        kind_name = type(error).__name__
        return AwsUnreachableError(f"{where} could not be reached ({kind_name})", f"check the network, then {RETRY}")
    return AwsUnreachableError(f"the response of {where} could not be parsed", RETRY)


def _untrusted(_error: Exception, where: str, _what: str) -> AwsUnreachableError:
    return AwsUnreachableError(
        f"the certificate of {where} is not trusted", "set ca_bundle in the profile, or AWS_CA_BUNDLE"
    )


def _late(error: Exception, where: str, _what: str) -> AwsUnreachableError:
    seconds = getattr(error, "kwargs", {}).get("seconds", READ_TIMEOUT)
    hint = f"check the network, then {RETRY}; SHELLVAULT_TIMEOUT=60s waits longer"
    return AwsUnreachableError(f"{where} did not answer within {seconds:g} s", hint)


def _large(_error: Exception, where: str, _what: str) -> AwsUnreachableError:
    return AwsUnreachableError(f"the response of {where} is larger than {MOST >> 20} MiB, so it is not AWS's", RETRY)


def _unreachable_proxy(error: Exception, where: str, _what: str) -> AwsUnreachableError:
    given = getattr(error, "kwargs", {})
    proxy = f"the proxy {_show_place(str(given.get('proxy_url')))}".strip()
    if f" {_PROXY_WANTS_PASSWORD} " in f" {given.get('error')} ":
        return _proxy_wants_password(proxy, where)
    return AwsUnreachableError(
        f"{proxy} on the way to {where} cannot be used", "check HTTPS_PROXY, or list the host in NO_PROXY"
    )


def _show_place(url: str) -> str:
    """Return a URL's host and port, without anything that may be secret: user, password, path and query.

    Return the empty string if they cannot be told apart: a password may contain a slash.
    """
    rest = url.rpartition("://")[2] if url.count("://") == 1 else url
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    is_whole = "@" in authority or "@" not in rest
    return authority.rpartition("@")[2] if is_whole else ""


def _proxy_wants_password(proxy: str, where: str) -> AwsUnreachableError:
    return AwsUnreachableError(
        f"{proxy} on the way to {where} asks for a user and password (HTTP {_PROXY_WANTS_PASSWORD})",
        "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT",
    )


def _foreign(error: Exception, where: str, what: str) -> AwsUnreachableError:
    status = getattr(error, "status", 0)
    if status == TOO_MANY:
        return throttled(what)
    if status == _PROXY_WANTS_PASSWORD:
        return _proxy_wants_password("a proxy", where)
    code = f" (HTTP {status})" if status >= _REFUSED else ""
    return AwsUnreachableError(f"the response of {where} could not be parsed{code}", _IN_BETWEEN)


_TRANSLATIONS: Mapping[type[Exception], Callable[[Exception, str, str], AwsUnreachableError]] = {
    ForeignAnswerError: _foreign,
    LateAnswerError: _late,
    ReadTimeoutError: _late,
    LargeAnswerError: _large,
    ProxyConnectionError: _unreachable_proxy,
    SSLError: _untrusted,
}
"""Kind of error -> what makes ours of it."""
