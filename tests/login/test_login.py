"""`login`: which session the sign-in endpoint gets, what the browser gets, and what is refused."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.broker.secret_search import CommandLineSampler, find_secrets
from tests.commands.role_profiles import add_mfa_role, add_role
from tests.login.console_browser import ConsoleBrowser
from tests.login.loopback_visitors import nobodys_command
from tests.sandbox import SESSION_NAME, SHELLVAULT, TIME_LIMIT
from tests.storage.child_processes import NOBODY, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import Call
    from tests.sandbox import Sandbox

CONSOLE = "https://console.aws.amazon.com/"


def find_calls(sandbox: Sandbox, action: str = "getSigninToken") -> list[dict[str, str]]:
    """Return the parameters of every call of this action."""
    return [call.params for call in sandbox.aws.world.calls if call.action == action]


def follow_url(sandbox: Sandbox, done: subprocess.CompletedProcess[str]) -> Call:
    """Sign in with the printed URL, as a browser would do it, and return the call."""
    url = urlsplit(done.stdout.strip())
    assert (url.netloc, url.path) == (urlsplit(sandbox.aws.url).netloc, "/federation"), done.stderr
    assert sorted(parse_qs(url.query)) == ["Action", "Destination", "Issuer", "SigninToken"]
    line = HTTPConnection(url.netloc, timeout=20)
    line.request("GET", f"{url.path}?{url.query}")
    assert line.getresponse().status == 302
    line.close()
    return sandbox.aws.world.calls[-1]


def test_a_role_signs_in_with_its_own_session(sandbox: Sandbox) -> None:
    """One AssumeRole and one request for the token, with no duration unless one was requested."""
    add_role(sandbox)
    call = follow_url(sandbox, sandbox.run("login", "reader", "--stdout"))
    assert call.principal == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
    assert call.params["Destination"] == CONSOLE
    assert find_calls(sandbox) == [{"Action": "getSigninToken", "Session": "…"}]
    assert (sandbox.aws.world.count("AssumeRole"), sandbox.aws.world.count("getSigninToken", "ok")) == (1, 1)


def test_login_without_a_name_uses_this_shells_profile(sandbox: Sandbox) -> None:
    """A shell without a session has no such profile, and AWS_PROFILE does not count."""
    add_role(sandbox)
    call = follow_url(sandbox, sandbox.run("login", "--stdout", SHELLVAULT_PROFILE="reader"))
    assert call.principal == f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
    done = sandbox.run("login", "--stdout", AWS_PROFILE="reader")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: no profile given\n" in done.stderr


def test_a_key_pair_signs_in_as_a_federated_user(sandbox: Sandbox) -> None:
    """GetSessionToken would be refused; the policy allows everything, and the name fits into AWS's 32 characters."""
    name = "a-profile-whose-name-is-much-too-long"
    sandbox.add(name, sandbox.aws.world.user("alice").access_key())
    call = follow_url(sandbox, sandbox.run("login", name, "--stdout"))
    federated = SESSION_NAME[:32]
    assert call.principal == f"arn:aws:sts::111122223333:federated-user/{federated}"
    (params,) = find_calls(sandbox, "GetFederationToken")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert json.loads(params.pop("Policy")) == policy
    assert params == {"Name": federated, "DurationSeconds": "3600"}
    assert sandbox.aws.world.count("GetSessionToken") == 0


@pytest.mark.parametrize("switch", ["--no-session", "--duration=2h"])
def test_options_of_a_key_pairs_sign_in(sandbox: Sandbox, switch: str) -> None:
    """--no-session changes nothing; --duration is the federated user's, and the endpoint gets none."""
    sandbox.add("dev", sandbox.aws.world.user("alice").access_key())
    follow_url(sandbox, sandbox.run("login", "dev", "-s", switch))
    (params,) = find_calls(sandbox, "GetFederationToken")
    assert params["DurationSeconds"] == ("7200" if "2h" in switch else "3600")
    assert "SessionDuration" not in find_calls(sandbox)[0]


def test_a_role_assumed_with_a_key_pair_may_have_a_duration(sandbox: Sandbox) -> None:
    """The console's session lasts as long as requested; AWS allows that only here."""
    role = sandbox.aws.world.role("long", max_duration=43200)
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile long]\nrole_arn = {role.arn}\nsource_profile = base\n")
    follow_url(sandbox, sandbox.run("login", "long", "-s", "-d", "12h"))
    assert find_calls(sandbox)[0]["SessionDuration"] == "43200"


def test_a_role_over_a_role_has_no_duration(sandbox: Sandbox) -> None:
    """AWS would refuse the request."""
    add_role(sandbox)
    top = sandbox.aws.world.role("top", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile top]\nrole_arn = {top.arn}\nsource_profile = reader\n")
    follow_url(sandbox, sandbox.run("login", "top", "-s", "-d", "30m"))
    assert "SessionDuration" not in find_calls(sandbox)[0]


def test_a_role_that_requires_mfa_needs_a_code(sandbox: Sandbox) -> None:
    """--no-input does not ask; with a code it works."""
    device = add_mfa_role(sandbox)
    refused = sandbox.run("login", "guarded", "-s", "--no-input")
    assert (refused.returncode, refused.stdout) == (6, "")
    follow_url(sandbox, sandbox.run("login", "guarded", "-s", "-t", device.next_code()))


def test_a_local_page_redirects_the_browser(sandbox: Sandbox, tmp_path: Path) -> None:
    """The URL that signs in is on no command line; the page works once and is not cached."""
    add_role(sandbox, more="region = eu-west-1\n")
    viewer = ConsoleBrowser(tmp_path)
    with CommandLineSampler() as lines:
        done = sandbox.run("login", "reader", "--path", "/ec2/home#Instances:", BROWSER=str(viewer.path))
        pages = viewer.pages
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Opened the console for 'reader'. The session lasts ")
    assert viewer.argv == [pages[0][0]]
    assert [status for _, status in pages] == [302, 302, 0]
    assert pages[-1][0] == "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"
    assert (viewer.first_headers["Cache-Control"], viewer.first_headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )
    assert any(str(viewer.path).encode() in line for line in lines.seen)
    secrets = [*sandbox.aws.world.secrets(), pages[1][0].rpartition("SigninToken=")[2]]
    assert find_secrets(b"".join(lines.seen) + done.stderr.encode() + done.stdout.encode(), secrets) == []


def write_thief(folder: Path, *commands: list[str]) -> str:
    """Write a browser that first opens its page as another user, then runs these commands; return its path."""
    thief = shlex.join(nobodys_command("127.0.0.1", 0, "")).replace(" 0 '' ", ' "$port" "/${1##*/}" ')
    script = folder / "thief"
    lines = ["#!/bin/sh", "port=${1##*:}; port=${port%%/*}", f"{thief} >{folder / 'stolen'}"]
    script.write_text("\n".join([*lines, *(f'{shlex.join(command)} "$1"' for command in commands)]) + "\n")
    script.chmod(0o700)
    return str(script)


def test_another_user_does_not_get_the_console(sandbox: Sandbox, tmp_path: Path) -> None:
    """They see the address and come first. The user is told, and their own browser still gets through."""
    add_role(sandbox)
    viewer = ConsoleBrowser(tmp_path)
    done = sandbox.run("login", "reader", BROWSER=write_thief(tmp_path, [str(viewer.path)]))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "stolen").read_text().startswith("HTTP/1.0 404 ")
    assert f"shellvault: another user of this machine (uid {NOBODY}) asked for the page that was" in done.stderr
    assert [status for _, status in viewer.pages] == [302, 302, 0]


def test_a_page_opened_only_by_another_user_is_not_a_success(sandbox: Sandbox, tmp_path: Path) -> None:
    """The command goes on waiting for the user's own browser."""
    add_role(sandbox)
    env = {**sandbox.env, "BROWSER": write_thief(tmp_path)}
    with subprocess.Popen([SHELLVAULT, "login", "reader"], env=env, stdout=-1, stderr=-1, text=True) as login:
        wait_until(lambda: (tmp_path / "stolen").exists() and (tmp_path / "stolen").read_text() != "")
        with pytest.raises(subprocess.TimeoutExpired):
            login.wait(1)
        login.send_signal(signal.SIGINT)
        stdout, _ = login.communicate(timeout=TIME_LIMIT)
    assert (login.returncode, stdout) == (130, "")


def test_auto_logout_signs_out_first(sandbox: Sandbox, tmp_path: Path) -> None:
    """By way of the sign-out page, because the console refuses a second session."""
    add_role(sandbox)
    viewer = ConsoleBrowser(tmp_path)
    done = sandbox.run("login", "reader", "--auto-logout", BROWSER=str(viewer.path))
    assert done.returncode == 0, done.stderr
    assert [urlsplit(page).path for page, _ in viewer.pages[1:]] == ["/oauth", "/federation", "/"]
    assert [call.action for call in sandbox.aws.world.calls[-2:]] == ["logout", "login"]


def test_without_a_browser_the_hint_says_what_to_type(sandbox: Sandbox) -> None:
    """Before AWS is called."""
    add_role(sandbox)
    done = sandbox.run("login", "reader")
    assert (done.returncode, done.stdout, sandbox.aws.world.calls) == (6, "", [])
    assert done.stderr.endswith(
        "error: no browser is available on this machine\nhint: shellvault login reader --stdout\n"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("reader", "--path", "s3/buckets?a=b"), "login reader --path 's3/buckets?a=b' --stdout"),
        (("-d", "1h", "reader", "-a"), "login -d 1h reader -a --stdout"),
        (("--", "reader"), "login --stdout -- reader"),
    ],
)
def test_the_hint_keeps_the_original_options(sandbox: Sandbox, words: tuple[str, ...], line: str) -> None:
    """Typed as shown, it prints the URL of the same page."""
    add_role(sandbox)
    done = sandbox.run("login", *words)
    assert done.stderr.endswith(f"hint: shellvault {line}\n")
    assert sandbox.shell("bash", f"shellvault {line}").stdout.startswith("http")


@pytest.mark.parametrize("browser", ["", "true"])
def test_a_wrong_path_is_reported_with_and_without_a_browser(sandbox: Sandbox, browser: str) -> None:
    """Otherwise a user who follows the hint about the browser would fail a second time."""
    add_role(sandbox)
    done = sandbox.run("login", "reader", "--path", "https://example.com/", BROWSER=browser)
    assert (done.returncode, sandbox.aws.world.calls) == (2, [])
    assert "browser" not in done.stderr


def test_a_revoked_session_is_refused_with_a_hint(sandbox: Sandbox) -> None:
    """The endpoint answers with a bare 400, and its page is not shown."""
    add_role(sandbox)
    follow_url(sandbox, sandbox.run("login", "reader", "-s"))
    for call in list(sandbox.aws.world.calls):
        assert "<html>" not in repr(call)
    session = json.loads(sandbox.run("exec", "reader", "--json").stdout)
    sandbox.aws.world.revoke(session["AccessKeyId"])
    done = sandbox.run("login", "reader", "-s")
    assert (done.returncode, done.stdout) == (7, "")
    assert f"error: {sandbox.aws.url} refused the session of 'reader' (HTTP 400)\n" in done.stderr
    assert "hint: get a new session: shellvault clear, then run the command again\n" in done.stderr


@pytest.mark.parametrize("fault", ["error500", "drop", "garbage"])
def test_a_failing_endpoint_is_unreachable(sandbox: Sandbox, fault: str) -> None:
    """The status is 8 after three attempts; a single failure is retried. The message holds no secret."""
    add_role(sandbox)
    sandbox.aws.faults.next(fault, 3 if fault != "garbage" else 1, action="getSigninToken")
    done = sandbox.run("login", "reader", "-s")
    assert (done.returncode, done.stdout) == (8, ""), done.stderr
    assert find_secrets(done.stderr.encode(), sandbox.aws.world.secrets()) == []
    sandbox.aws.faults.clear()
    sandbox.aws.faults.next("error500", 1, action="getSigninToken")
    assert sandbox.run("login", "reader", "-s").returncode == 0
