"""Answers of the sign-in and the portal that are cut short, garbled or of the wrong type give an error."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
DEEP = "[" * 50_000
KEYS = {"accessKeyId": "ASIAX", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4_000_000_000_000}
GOOD: dict[str, Any] = {
    "/client/register": {"clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 4_000_000_000},
    "/device_authorization": {
        "deviceCode": "d",
        "userCode": "U-1",
        "verificationUri": "http://127.0.0.1:9/",
        "interval": 1,
        "expiresIn": 1,
    },
    "/token": {"accessToken": "a", "refreshToken": "r", "expiresIn": 3600},
    "/federation/credentials": {"roleCredentials": KEYS},
    "/assignment/accounts": {"accountList": [{"accountId": "1" * 12, "accountName": "one"}]},
    "/assignment/roles": {"roleList": [{"roleName": "reader", "accountId": "1" * 12}]},
}
"""What a service answers that says no more than it has to."""


@contextmanager
def serve_answers(changed: dict[str, Any]) -> Iterator[str]:
    """Serve these answers on this machine, strings as they are and the rest as JSON, and yield the URL."""

    class AnswerHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = (GOOD | changed)[self.path.partition("?")[0]]
            body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the base class's spelling

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), AnswerHandler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def run_with_answers(sandbox: Sandbox, changed: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
    """Run shellvault with this service, the device flow and a browser that does nothing."""
    with serve_answers(changed) as url:
        return sandbox.run(*words, AWS_ENDPOINT_URL=url, SHELLVAULT_SSO_FLOW="device", BROWSER="true")


@pytest.mark.usefixtures("sso")
def test_a_minimal_answer_is_enough(sandbox: Sandbox) -> None:
    """This shows that the answers below fail for what was changed in them."""
    done = run_with_answers(sandbox, {}, *ENV)
    assert done.returncode == 0, done.stderr
    assert "ASIAX" in done.stdout
    assert "2096-10-02T07:06:40Z" in done.stdout, "the portal counts in milliseconds"


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    ("place", "answer"),
    [
        *((place, answer) for place in list(GOOD)[:4] for answer in ("{}", "[]", "<html>", DEEP)),
        ("/client/register", GOOD["/client/register"] | {"clientSecretExpiresAt": "soon"}),
        ("/client/register", GOOD["/client/register"] | {"clientId": None}),
        ("/device_authorization", GOOD["/device_authorization"] | {"interval": "often"}),
        ("/device_authorization", GOOD["/device_authorization"] | {"expiresIn": []}),
        ("/device_authorization", GOOD["/device_authorization"] | {"verificationUri": "--version"}),
        ("/device_authorization", GOOD["/device_authorization"] | {"verificationUri": "file:///etc/passwd"}),
        ("/federation/credentials", {"roleCredentials": KEYS | {"expiration": "later"}}),
        ("/federation/credentials", {"roleCredentials": KEYS | {"expiration": 1}}),
        ("/federation/credentials", {"roleCredentials": KEYS | {"sessionToken": "a\nb"}}),
        ("/federation/credentials", {"roleCredentials": KEYS | {"accessKeyId": ["x"]}}),
        ("/federation/credentials", {"roleCredentials": KEYS | {"secretAccessKey": ""}}),
        ("/federation/credentials", {"roleCredentials": [KEYS]}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_senseless_answer_is_an_error(sandbox: Sandbox, place: str, answer: object) -> None:
    """The status is 8, or 6 after the device code has expired; eval gets `false`, and nothing is kept."""
    begun = time.monotonic()
    done = run_with_answers(sandbox, {place: answer}, *ENV)
    assert done.stdout == "false\n"
    assert done.returncode == (6 if place == "/token" and time.monotonic() - begun > 1 else 8), done.stderr
    assert "Traceback" not in done.stderr
    assert "error: " in done.stderr


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    "changed",
    [
        {"expiresIn": 10**40},
        {"expiresIn": 3600.9},
        {"refreshToken": None},
        {"refreshToken": ""},
    ],
    ids=str,
)
def test_an_unusual_but_usable_answer_is_used(sandbox: Sandbox, changed: dict[str, object]) -> None:
    """A token that claims to last for ever is renewed after a day; a role's session ends by the year 2100."""
    for_ever = {
        "/client/register": GOOD["/client/register"] | {"clientSecretExpiresAt": 10**40},
        "/federation/credentials": {"roleCredentials": KEYS | {"expiration": 10**40}},
    }
    done = run_with_answers(sandbox, {"/token": GOOD["/token"] | changed, **for_ever}, *ENV)
    assert done.returncode == 0, done.stderr
    assert "the next sign-in will need the browser again" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("/assignment/accounts", {"accountList": "none"}),
        ("/assignment/accounts", {"accountList": [7]}),
        ("/assignment/accounts", "<html>"),
        ("/assignment/accounts", {"nextToken": "again", "accountList": []}),
        ("/assignment/roles", {"roleList": {"a": 1}}),
        ("/assignment/roles", DEEP),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_senseless_list_is_an_error(sandbox: Sandbox, place: str, answer: object) -> None:
    """Endless pages too: the status is 8, and the config file is unchanged."""
    before = sandbox.config.read_bytes()
    done = run_with_answers(sandbox, {place: answer}, "sso", "profiles", "-f")
    assert (done.returncode, done.stdout) == (8, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert sandbox.config.read_bytes() == before


@pytest.mark.usefixtures("sso")
def test_a_role_name_with_config_lines_in_it_is_skipped(sandbox: Sandbox) -> None:
    """The directory says who may do what in AWS, and nothing in the config file."""
    evil = "x\n[profile prod]\ncredential_process = touch here"
    roles = {"roleList": [{"roleName": evil}, {"roleName": "ok"}, {"roleName": None}]}
    done = run_with_answers(sandbox, {"/assignment/roles": roles}, "sso", "profiles", "-f")
    assert done.stdout.startswith("Wrote 1 profile "), done.stderr
    assert "credential_process" not in sandbox.config.read_text()
    assert done.stderr.count("left out") == 2


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ("RegisterClient", "drop"),
        ("RegisterClient", "throttle"),
        ("StartDeviceAuthorization", "garbage"),
        ("StartDeviceAuthorization", "throttle"),
        ("GetRoleCredentials", "truncate"),
        ("GetRoleCredentials", "error500"),
        ("ListAccounts", "truncate"),
        ("ListAccounts", "drop"),
    ],
)
def test_a_failing_service_is_an_error(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, action: str, fault: str
) -> None:
    """The status is 8; the page is opened only if there is something to do on it."""
    sandbox.aws.faults.next(fault, None, action=action)
    words = ("login", "--sso") if action == "ListAccounts" else ENV
    done = sandbox.command([SHELLVAULT, *words], SHELLVAULT_SSO_FLOW="device")
    assert (done.returncode, "Traceback" in done.stderr) == (8, False), done.stderr
    assert len(browser.opened) == (action in ("GetRoleCredentials", "ListAccounts"))
    assert sso.browser == "approve"
