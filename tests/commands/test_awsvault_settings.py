"""aws-vault's variables that stand over a profile's settings, over options, and the one that is not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa, with_role
from tests.house import exported
from tests.prompts.fakes import Fake

if TYPE_CHECKING:
    from tests.house import House

ENV = ("env", "reader", "--shell", "bash")
OTHER = "arn:aws:iam::444455556666:role/other"
SETTINGS = {
    "AWS_ROLE_SESSION_NAME": "alice@desk",
    "AWS_SOURCE_IDENTITY": "alice",
    "AWS_SESSION_TAGS": "team=core,cost=a b",
    "AWS_TRANSITIVE_TAGS": "team",
}
SENT = {
    "RoleSessionName": "alice@desk",
    "SourceIdentity": "alice",
    "Tags.member.1.Key": "team",
    "Tags.member.1.Value": "core",
    "Tags.member.2.Key": "cost",
    "Tags.member.2.Value": "a b",
    "TransitiveTagKeys.member.1": "team",
}


def sent(house: House) -> list[dict[str, str]]:
    """Return what each AssumeRole said beside role and length."""
    calls = [call for call in house.aws.world.calls if call.action == "AssumeRole"]
    return [{name: call.params[name] for name in SENT if name in call.params} for call in calls]


def test_a_variable_stands_over_the_setting_of_the_profile_asked_for(house: House) -> None:
    """What it says reaches AWS, and a session made without it is not served."""
    with_role(house, more="role_session_name = from-config\nsession_tags = team=other")
    assert house.run(*ENV).returncode == 0
    assert house.run(*ENV, **SETTINGS).returncode == 0
    assert sent(house)[1:] == [SENT]
    assert sent(house)[0]["RoleSessionName"] == "from-config"


def test_the_profiles_below_it_keep_their_own(house: House) -> None:
    """As in aws-vault: names and tags are those of the profile asked for."""
    with_role(house, more="role_session_name = from-config")
    far = house.aws.world.role("far", trusts=(house.aws.world.role("reader").arn,))
    house.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    assert house.run("env", "far", "--shell", "bash", AWS_ROLE_SESSION_NAME="alice@desk").returncode == 0
    assert [call["RoleSessionName"] for call in sent(house)] == ["from-config", "alice@desk"]


@pytest.mark.parametrize("configured", ["", "mfa_serial = arn:aws:iam::111122223333:mfa/another"])
def test_the_mfa_device_may_be_named_by_a_variable(house: House, configured: str) -> None:
    """Where the profile names none, and where it names another one."""
    device = house.aws.world.user("alice").mfa_device()
    with_role(house, more=configured)
    house.aws.world.role("reader", require_mfa=True)
    done = house.run(*ENV, "-t", device.next_code(), AWS_MFA_SERIAL=device.serial)
    assert done.returncode == 0, done.stderr
    assert house.aws.world.calls[0].params["SerialNumber"] == device.serial


def test_the_driver_may_be_named_by_a_variable(house: House) -> None:
    """Ours stands over it, and the option over both."""
    fake = Fake(house, "zenity", f"echo {with_mfa(house).next_code()}")
    guarded = ("env", "guarded", "--shell", "bash")
    for words, more in (((), {"SHELLVAULT_MFA_PROMPT": "none"}), (("--prompt", "none"), {})):
        refused = house.run(*guarded, *words, AWS_VAULT_PROMPT="zenity", **more)
        assert "there is no prompt driver 'none'" in refused.stderr
    done = house.run(*guarded, AWS_VAULT_PROMPT="zenity")
    assert (done.returncode, len(fake.calls)) == (0, 1), done.stderr


def test_a_role_that_a_variable_names_is_told_of_and_not_taken(house: House) -> None:
    """The name in the prompt is that of the account; SDKs' own use of it, beside a token, is no business of ours."""
    with_role(house)
    role = house.aws.world.role("reader").arn
    done = house.run(*ENV, AWS_ROLE_ARN=OTHER)
    assert done.returncode == 0
    assert "shellvault: AWS_ROLE_ARN is set, and not followed: 'reader'" in done.stderr
    assert house.aws.world.calls[0].params["RoleArn"] == role
    for variables in ({"AWS_ROLE_ARN": OTHER, "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, {"AWS_ROLE_ARN": role}):
        assert house.run(*ENV, **variables).stderr == ""


def test_a_shell_of_aws_vaults_is_no_obstacle(house: House) -> None:
    """`exec` and `env` work in it, and put the new name in the place of the old one."""
    with_role(house)
    inside = {"AWS_VAULT": "other", "AWS_ACCESS_KEY_ID": "ASIAOTHER", "AWS_SECURITY_TOKEN": "old", "AWS_REGION": "z"}
    done = house.run("exec", "reader", "--", "env", "-0", **inside)
    found = exported(done.stdout)
    assert (done.returncode, found["AWS_VAULT"], found.get("AWS_SECURITY_TOKEN")) == (0, "reader", None), done.stderr
    assert found["AWS_ACCESS_KEY_ID"] != "ASIAOTHER"
    statement = 'eval "$(shellvault env reader)" && env -0'
    assert exported(house.shell("bash", statement, **inside).stdout)["AWS_VAULT"] == "reader"


@pytest.mark.parametrize(("text", "status"), [("true", 0), ("0", 6), ("perhaps", 2)])
def test_the_consoles_address_is_printed_where_a_variable_says_so(house: House, text: str, status: int) -> None:
    """Else there is no browser here to open."""
    with_role(house)
    done = house.run("login", "reader", AWS_VAULT_STDOUT=text)
    assert (done.returncode, done.stdout.startswith("http")) == (status, status == 0)
    assert ("AWS_VAULT_STDOUT is 'perhaps'" in done.stderr) == (status == 2)
    out = house.run("login", "reader", "--stdout", AWS_VAULT_AUTO_LOGOUT="true")
    assert "Action=logout" in out.stdout
