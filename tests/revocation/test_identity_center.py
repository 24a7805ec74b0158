"""Roles over a role of IAM Identity Center are revoked; what AWS protects is named, and forgotten here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.providers.sign_in_browser import SignInBrowser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.revocation.team import Team

SESSION = "sso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = eu-west-1\n"
PLACE = (
    "an administrator ends the sign-in in IAM Identity Center (https://eu-west-1.console.aws.amazon.com/singlesignon/"
)


@pytest.fixture
def signed_in(team: Team, tmp_path: Path) -> Team:
    """Return the team, signed in, with the profiles corp, and above, which is a role over corp."""
    team.sandbox.env["BROWSER"] = str(SignInBrowser(tmp_path).path)
    reserved = team.world.sso.assign("Admin")
    team.sandbox.configure(
        f"\n[sso-session corp]\n{SESSION}sso_registration_scopes = sso:account:access\n"
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\n"
    )
    team.add_profile("above", team.world.role("above", trusts=[reserved.arn]).arn, "corp")
    assert team.program("above").works()
    return team


def test_a_role_over_it_is_revoked(signed_in: Team) -> None:
    """By the role's own session; the sign-in and the session below stay."""
    before = signed_in.program("above")
    done = signed_in.run("revoke", "above", "--yes")
    assert done.returncode == 0, done.stderr
    assert (before.works(), signed_in.program("above").works()) == (False, True)
    assert signed_in.world.count("GetRoleCredentials", "ok") == 1


def test_the_session_below_revokes_what_the_role_may_not(signed_in: Team) -> None:
    """It is in the same account, and may do more."""
    role = signed_in.world.find_role("arn:aws:iam::111122223333:role/above")
    assert role is not None
    role.deny.add("PutRolePolicy")
    done = signed_in.run("revoke", "above", "--yes")
    assert done.returncode == 0, done.stderr
    *refused, put = signed_in.calls("PutRolePolicy")
    assert refused == [("PutRolePolicy", "above", "AccessDenied")] * 2, "the cached session, and a fresh one"
    assert (put[1].startswith("AWSReservedSSO_Admin_"), put[2]) == (True, "ok")


def test_its_own_role_is_protected(signed_in: Team) -> None:
    """Nothing is asked of AWS, and nothing is forgotten."""
    before = len(signed_in.calls())
    done = signed_in.run("revoke", "corp", "--yes")
    assert (done.returncode, len(signed_in.calls())) == (7, before)
    assert PLACE in done.stderr
    assert "corp" in signed_in.run("list", "--sessions").stdout


def test_panic_names_it_and_forgets_the_sign_in(signed_in: Team) -> None:
    """Status 0, since all that can be done is done; 7 where it is what was asked for."""
    done = signed_in.run("panic", "--yes")
    assert done.returncode == 0, done.stdout
    done_part, _, left = done.stdout.partition("Left to you:\n")
    assert "every sign-in" in done_part
    assert f"profiles 'corp', 'above': {PLACE}" in left
    assert "profile 'above': no stored key pair leads to this role; shellvault revoke ends its sessions" in left
    assert signed_in.run("list", "--sessions").stdout == ""
    done = signed_in.run("panic", "corp", "--yes")
    assert (done.returncode, PLACE in done.stdout) == (7, True)


def test_panic_without_any_key_pair(signed_in: Team) -> None:
    """All access is by signing in: the sign-ins are forgotten, and the place is named."""
    signed_in.run("remove", "base", "--force")
    done = signed_in.run("panic", "--yes")
    assert (done.returncode, PLACE in done.stdout, "every sign-in" in done.stdout) == (0, True, True)
