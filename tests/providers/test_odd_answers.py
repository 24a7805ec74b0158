"""Answers that do not come from the service are rejected, for every service, and for calls without output too."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ProxyConnectionError

from shellvault.aws.console import fetch_sign_in_token
from shellvault.aws.failures import translate_failure
from shellvault.aws.iam import IamAccessKeys, IamEndpoints
from shellvault.aws.network import Network
from shellvault.aws.oidc import OidcClient
from shellvault.aws.patience import Patience
from shellvault.core.chain.links import SessionToken, StoredKey
from shellvault.core.chain.sso_links import SignIn, SsoRole
from shellvault.core.errors import AwsUnreachableError
from shellvault.core.model import KeyPair, Session
from shellvault.core.record import Secret
from shellvault.providers import Providers
from shellvault.providers.sts_provider import StsProvider
from tests.aws.faults import BROKEN_BODIES, ENDLESS, ODD_ANSWERS
from tests.providers.context_factory import make_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.server import AwsServer

LIMIT = 2  # seconds
KEY = StoredKey("dev", "0")
PAIR = KeyPair("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
SESSION = Session("ASIAIOSFODNN7EXAMPLE", Secret("x" * 40), Secret("token"), 1 << 31, 1 << 31)
SIGN_IN = SignIn("corp", "corp", "https://corp.awsapps.com/start", ("sso:account:access",), "eu-west-1", "")
SAID = {
    "busy": "throttling",
    "unavailable": "HTTP 503",
    "proxy407": "asks for a user and password",
    "forbidden": "could not be parsed (HTTP 403)",
    "redirect": "could not be parsed (HTTP 302)",
    "flood": "larger than 1 MiB",
    "drip": "did not answer within 2 s",
    "hang": "did not answer within 2 s",
    "stall": "did not answer within 2 s",
    **dict.fromkeys(BROKEN_BODIES, "could not be reached"),
}
KINDS = [*ODD_ANSWERS, *ENDLESS, *BROKEN_BODIES]


def make_network() -> Network:
    """Return a network with little patience."""
    return Network("", {}, patience=Patience(LIMIT))


def call_sts(url: str) -> None:
    """Ask for a session."""
    context = make_context({}).replace(network=make_network())
    StsProvider(context)(SessionToken("dev", KEY, "", 3600, "eu-west-1", url), PAIR)


def call_portal(url: str) -> None:
    """Ask IAM Identity Center for a role's session."""
    context = make_context({})
    providers = Providers(context.resolved, context.settings, context.ui, context.refresh_tokens, make_network())
    sign_in = SIGN_IN.replace(endpoint=url)
    providers(SsoRole("dev", sign_in, "111122223333", "reader", "eu-west-1", url), SESSION)


def call_oidc(url: str) -> None:
    """Register a client."""
    OidcClient(SIGN_IN.replace(endpoint=url), make_network()).register()


def make_iam(url: str) -> IamAccessKeys:
    """Return an IAM client."""
    return IamAccessKeys(IamEndpoints("us-east-1", url, "us-east-1", url, make_network()), "dev", KEY)


def delete_key(url: str) -> None:
    """Delete a key; the answer contains nothing to parse."""
    make_iam(url).delete(PAIR, "AKIAIOSFODNN7EXAMPLE")


def list_keys(url: str) -> None:
    """List keys; an empty list would be a valid answer."""
    make_iam(url).keys(PAIR)


def try_key(url: str) -> None:
    """Ask whether a key works; every answer except one particular error means yes."""
    make_iam(url).works(PAIR)


def sign_in_to_console(url: str) -> None:
    """Exchange a session for a sign-in token."""
    fetch_sign_in_token(url, SESSION, "dev", make_network())


CALLS = [call_sts, call_portal, call_oidc, delete_key, list_keys, try_key, sign_in_to_console]


@pytest.mark.parametrize("make_call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_answer_is_rejected(aws: AwsServer, kind: str, make_call: Callable[[str], None]) -> None:
    """With status 8, and a message that says what came instead."""
    aws.faults.next(kind, None)
    with pytest.raises(AwsUnreachableError) as raised:
        make_call(aws.url)
    assert SAID.get(kind, "could not be parsed") in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("make_call", [call_sts, list_keys, delete_key, try_key])
def test_a_refusal_without_a_code_is_rejected(aws: AwsServer, make_call: Callable[[str], None]) -> None:
    """Every refusal from AWS has one. The message does not show `None`."""
    aws.faults.next("no code", None)
    with pytest.raises(AwsUnreachableError) as raised:
        make_call(aws.url)
    assert raised.value.message.endswith("is not one of AWS (HTTP 403)")
    assert "None" not in raised.value.message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://proxy:3128/path?q=sEcret#sEcret", "the proxy proxy:3128 on"),
        ("http://user:sEcret@proxy:3128", "the proxy proxy:3128 on"),
        ("http://proxy:3128?at=a@sEcret", "the proxy on"),
        ("http://user:sEcret/sEcret@proxy:3128", "the proxy on"),
        ("user:sEcret@proxy:3128/sEcret", "the proxy proxy:3128 on"),
    ],
)
def test_only_a_proxys_host_and_port_are_shown(url: str, shown: str) -> None:
    """No user or password, no path or query, and nothing at all if they cannot be told apart."""
    error = ProxyConnectionError(proxy_url=url, error="refused")
    message = translate_failure(error, "STS", "GetSessionToken").message
    assert shown in message
    assert "sEcret" not in message


@pytest.mark.parametrize("make_call", CALLS)
def test_a_service_that_fails_slowly_gets_no_extra_time(aws: AwsServer, make_call: Callable[[str], None]) -> None:
    """The first failure takes most of the limit, so the second attempt is cut off."""
    aws.faults.latency = LIMIT * 0.75
    aws.faults.next("error500", None)
    with pytest.raises(AwsUnreachableError, match=r"did not answer within 2 s"):
        make_call(aws.url)


def test_too_many_requests_are_throttling_whatever_the_code(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is only similar to AWS may use a code of its own."""
    body = b"<ErrorResponse><Error><Code>CalmDown</Code><Message>please</Message></Error></ErrorResponse>"
    monkeypatch.setitem(ODD_ANSWERS, "busy", (429, body, ()))
    aws.faults.next("busy", None)
    with pytest.raises(AwsUnreachableError, match="AWS is throttling GetSessionToken for 'dev'"):
        call_sts(aws.url)


@pytest.mark.parametrize("make_call", [call_portal, call_oidc])
def test_json_from_a_proxy_is_not_taken_for_a_refusal(
    aws: AwsServer, monkeypatch: pytest.MonkeyPatch, make_call: Callable[[str], None]
) -> None:
    """These services also speak JSON, but their refusals state an error type."""
    monkeypatch.setitem(ODD_ANSWERS, "forbidden", (403, b'{"blocked": true, "by": "proxy"}', ()))
    aws.faults.next("forbidden")
    with pytest.raises(AwsUnreachableError, match="could not be parsed"):
        make_call(aws.url)


def test_a_key_list_without_its_list_is_rejected(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for an empty list, it would hide a lost key."""
    body = b"<ListAccessKeysResponse><ListAccessKeysResult/></ListAccessKeysResponse>"
    monkeypatch.setitem(ODD_ANSWERS, "other", (200, body, ()))
    aws.faults.next("other")
    with pytest.raises(AwsUnreachableError, match="the answer to ListAccessKeys is not one of AWS"):
        list_keys(aws.url)


def test_a_flood_is_not_read_into_memory(aws: AwsServer) -> None:
    """The server offers two gigabytes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    aws.faults.next("flood", None)
    with pytest.raises(AwsUnreachableError):
        call_sts(aws.url)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB; the server is included
