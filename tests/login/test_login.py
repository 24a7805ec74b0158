"""`login`: which session the sign-in endpoint is given, what the browser gets, and what is refused."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.commands.people import with_mfa, with_role
from tests.login.viewer import Viewer
from tests.vault.secrets import CommandLines, shown

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.aws.identities import Call
    from tests.house import House

CONSOLE = "https://console.aws.amazon.com/"


def asked(house: House, action: str = "getSigninToken") -> list[dict[str, str]]:
    """Return the parameters of every call of this action."""
    return [call.params for call in house.aws.world.calls if call.action == action]


def signed_in(house: House, done: subprocess.CompletedProcess[str]) -> Call:
    """Return the sign-in by the URL that was printed, as a browser would do it."""
    url = urlsplit(done.stdout.strip())
    assert (url.netloc, url.path) == (urlsplit(house.aws.url).netloc, "/federation"), done.stderr
    assert sorted(parse_qs(url.query)) == ["Action", "Destination", "Issuer", "SigninToken"]
    line = HTTPConnection(url.netloc, timeout=20)
    line.request("GET", f"{url.path}?{url.query}")
    assert line.getresponse().status == 302
    line.close()
    return house.aws.world.calls[-1]


def test_a_role_signs_in_with_its_own_session(house: House) -> None:
    """One AssumeRole, one request for the token, and no length where none was asked for."""
    with_role(house)
    call = signed_in(house, house.run("login", "reader", "--stdout"))
    assert call.principal == "arn:aws:sts::111122223333:assumed-role/reader/shellvault-reader"
    assert call.params["Destination"] == CONSOLE
    assert asked(house) == [{"Action": "getSigninToken", "Session": "…"}]
    assert (house.aws.world.count("AssumeRole"), house.aws.world.count("getSigninToken", "ok")) == (1, 1)


def test_a_key_pair_signs_in_as_a_federated_user(house: House) -> None:
    """GetSessionToken would be refused; the policy takes nothing away, and the name fits into AWS's 32 characters."""
    name = "a-profile-whose-name-is-much-too-long"
    house.add(name, house.aws.world.user("alice").access_key())
    call = signed_in(house, house.run("login", name, "--stdout"))
    federated = f"shellvault-{name}"[:32]
    assert call.principal == f"arn:aws:sts::111122223333:federated-user/{federated}"
    (params,) = asked(house, "GetFederationToken")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert json.loads(params.pop("Policy")) == policy
    assert params == {"Name": federated, "DurationSeconds": "3600"}
    assert house.aws.world.count("GetSessionToken") == 0


@pytest.mark.parametrize("switch", ["--no-session", "--duration=2h"])
def test_options_of_a_key_pairs_sign_in(house: House, switch: str) -> None:
    """--no-session makes no difference; --duration is the federated user's, and the endpoint is told none."""
    house.add("dev", house.aws.world.user("alice").access_key())
    signed_in(house, house.run("login", "dev", "-s", switch))
    (params,) = asked(house, "GetFederationToken")
    assert params["DurationSeconds"] == ("7200" if "2h" in switch else "3600")
    assert "SessionDuration" not in asked(house)[0]


def test_a_role_straight_from_a_key_pair_may_have_a_length(house: House) -> None:
    """The console's session is as long as was asked for; AWS allows it here only."""
    role = house.aws.world.role("long", max_duration=43200)
    house.add("base", house.aws.world.user("alice").access_key())
    house.configure(f"[profile long]\nrole_arn = {role.arn}\nsource_profile = base\n")
    signed_in(house, house.run("login", "long", "-s", "-d", "12h"))
    assert asked(house)[0]["SessionDuration"] == "43200"


def test_a_role_over_a_role_has_none(house: House) -> None:
    """AWS would refuse the request."""
    with_role(house)
    top = house.aws.world.role("top", trusts=(house.aws.world.role("reader").arn,))
    house.configure(f"[profile top]\nrole_arn = {top.arn}\nsource_profile = reader\n")
    signed_in(house, house.run("login", "top", "-s", "-d", "30m"))
    assert "SessionDuration" not in asked(house)[0]


def test_a_code_is_needed_where_the_role_wants_one(house: House) -> None:
    """--no-input asks nobody; with the code it works, and without --duration the session below is shared."""
    device = with_mfa(house)
    refused = house.run("login", "guarded", "-s", "--no-input")
    assert (refused.returncode, refused.stdout) == (6, "")
    signed_in(house, house.run("login", "guarded", "-s", "-t", device.next_code()))


def test_the_browser_is_sent_on_by_a_page_of_ours(house: House, tmp_path: Path) -> None:
    """No command line holds the URL that signs in; the page works once, and is kept by nobody."""
    with_role(house, more="region = eu-west-1\n")
    viewer = Viewer(tmp_path)
    with CommandLines() as lines:
        done = house.run("login", "reader", "--path", "/ec2/home#Instances:", BROWSER=str(viewer.path))
        pages = viewer.pages
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The browser has the console for 'reader'; its session lasts ")
    assert viewer.argv == [pages[0][0]]
    assert [status for _, status in pages] == [302, 302, 0]
    assert pages[-1][0] == "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"
    assert (viewer.first_headers["Cache-Control"], viewer.first_headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )
    assert any(str(viewer.path).encode() in line for line in lines.seen)
    secrets = [*house.aws.world.secrets(), pages[1][0].rpartition("SigninToken=")[2]]
    assert shown(b"".join(lines.seen) + done.stderr.encode() + done.stdout.encode(), secrets) == []


def test_the_console_can_be_left_first(house: House, tmp_path: Path) -> None:
    """--auto-logout goes by the sign-out page, for the console refuses a second session."""
    with_role(house)
    viewer = Viewer(tmp_path)
    done = house.run("login", "reader", "--auto-logout", BROWSER=str(viewer.path))
    assert done.returncode == 0, done.stderr
    assert [urlsplit(page).path for page, _ in viewer.pages[1:]] == ["/oauth", "/federation", "/"]
    assert [call.action for call in house.aws.world.calls[-2:]] == ["logout", "login"]


def test_without_a_browser_the_hint_says_what_to_type(house: House) -> None:
    """Before anything is asked of AWS."""
    with_role(house)
    done = house.run("login", "reader")
    assert (done.returncode, done.stdout, house.aws.world.calls) == (6, "", [])
    assert done.stderr.endswith("error: there is no browser here to open\nhint: shellvault login reader --stdout\n")


def test_a_revoked_session_is_refused_with_what_to_do(house: House) -> None:
    """The endpoint answers a bare 400; its page is not for a terminal."""
    with_role(house)
    signed_in(house, house.run("login", "reader", "-s"))
    for call in list(house.aws.world.calls):
        assert "<html>" not in repr(call)
    session = json.loads(house.run("exec", "reader", "--json").stdout)
    house.aws.world.revoke(session["AccessKeyId"])
    done = house.run("login", "reader", "-s")
    assert (done.returncode, done.stdout) == (7, "")
    assert f"error: {house.aws.url} refused the session of 'reader' (HTTP 400)\n" in done.stderr
    assert "hint: get a new session: shellvault clear, then run it again\n" in done.stderr


@pytest.mark.parametrize("fault", ["error500", "drop", "garbage"])
def test_an_endpoint_that_fails_is_unreachable(house: House, fault: str) -> None:
    """Status 8, after three attempts; once is forgiven. No word of what was sent."""
    with_role(house)
    house.aws.faults.next(fault, 3 if fault != "garbage" else 1, action="getSigninToken")
    done = house.run("login", "reader", "-s")
    assert (done.returncode, done.stdout) == (8, ""), done.stderr
    assert shown(done.stderr.encode(), house.aws.world.secrets()) == []
    house.aws.faults.clear()
    house.aws.faults.next("error500", 1, action="getSigninToken")
    assert house.run("login", "reader", "-s").returncode == 0
