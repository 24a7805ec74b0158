"""aws-vault's variables that stand over a profile's settings, over options, and the one that is not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_mfa, with_role
from tests.sandbox import exported
from tests.ui.fakes import Fake

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

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


def sent(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return what each AssumeRole said beside role and length."""
    calls = [call for call in sandbox.aws.world.calls if call.action == "AssumeRole"]
    return [{name: call.params[name] for name in SENT if name in call.params} for call in calls]


def test_a_variable_stands_over_the_setting_of_the_profile_asked_for(sandbox: Sandbox) -> None:
    """What it says reaches AWS, and a session made without it is not served."""
    with_role(sandbox, more="role_session_name = from-config\nsession_tags = team=other")
    assert sandbox.run(*ENV).returncode == 0
    assert sandbox.run(*ENV, **SETTINGS).returncode == 0
    assert sent(sandbox)[1:] == [SENT]
    assert sent(sandbox)[0]["RoleSessionName"] == "from-config"


def test_the_profiles_below_it_keep_their_own(sandbox: Sandbox) -> None:
    """As in aws-vault: names and tags are those of the profile asked for."""
    with_role(sandbox, more="role_session_name = from-config")
    far = sandbox.aws.world.role("far", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    assert sandbox.run("env", "far", "--shell", "bash", AWS_ROLE_SESSION_NAME="alice@desk").returncode == 0
    assert [call["RoleSessionName"] for call in sent(sandbox)] == ["from-config", "alice@desk"]


@pytest.mark.parametrize("configured", ["", "mfa_serial = arn:aws:iam::111122223333:mfa/another"])
def test_the_mfa_device_may_be_named_by_a_variable(sandbox: Sandbox, configured: str) -> None:
    """Where the profile names none, and where it names another one."""
    device = sandbox.aws.world.user("alice").mfa_device()
    with_role(sandbox, more=configured)
    sandbox.aws.world.role("reader", require_mfa=True)
    done = sandbox.run(*ENV, "-t", device.next_code(), AWS_MFA_SERIAL=device.serial)
    assert done.returncode == 0, done.stderr
    assert sandbox.aws.world.calls[0].params["SerialNumber"] == device.serial


def test_the_driver_may_be_named_by_a_variable(sandbox: Sandbox) -> None:
    """Ours stands over it, and the option over both."""
    fake = Fake(sandbox, "zenity", f"echo {with_mfa(sandbox).next_code()}")
    guarded = ("env", "guarded", "--shell", "bash")
    for words, more in (((), {"SHELLVAULT_MFA_PROMPT": "none"}), (("--prompt", "none"), {})):
        refused = sandbox.run(*guarded, *words, AWS_VAULT_PROMPT="zenity", **more)
        assert "there is no prompt driver 'none'" in refused.stderr
    done = sandbox.run(*guarded, AWS_VAULT_PROMPT="zenity")
    assert (done.returncode, len(fake.calls)) == (0, 1), done.stderr


def test_a_role_that_a_variable_names_is_told_of_and_not_taken(sandbox: Sandbox) -> None:
    """The name in the prompt is that of the account; SDKs' own use of it, beside a token, is no business of ours."""
    with_role(sandbox)
    role = sandbox.aws.world.role("reader").arn
    done = sandbox.run(*ENV, AWS_ROLE_ARN=OTHER)
    assert done.returncode == 0
    assert "shellvault: AWS_ROLE_ARN is set, and not followed: 'reader'" in done.stderr
    assert sandbox.aws.world.calls[0].params["RoleArn"] == role
    for variables in ({"AWS_ROLE_ARN": OTHER, "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, {"AWS_ROLE_ARN": role}):
        assert sandbox.run(*ENV, **variables).stderr == ""


def test_a_shell_of_aws_vaults_is_no_obstacle(sandbox: Sandbox) -> None:
    """`exec` and `env` work in it, and put the new name in the place of the old one."""
    with_role(sandbox)
    inside = {"AWS_VAULT": "other", "AWS_ACCESS_KEY_ID": "ASIAOTHER", "AWS_SECURITY_TOKEN": "old", "AWS_REGION": "z"}
    done = sandbox.run("exec", "reader", "--", "env", "-0", **inside)
    found = exported(done.stdout)
    assert (done.returncode, found["AWS_VAULT"], found.get("AWS_SECURITY_TOKEN")) == (0, "reader", None), done.stderr
    assert found["AWS_ACCESS_KEY_ID"] != "ASIAOTHER"
    statement = 'eval "$(shellvault env reader)" && env -0'
    assert exported(sandbox.shell("bash", statement, **inside).stdout)["AWS_VAULT"] == "reader"


@pytest.mark.parametrize(("text", "status"), [("true", 0), ("0", 6), ("perhaps", 2)])
def test_the_consoles_address_is_printed_where_a_variable_says_so(sandbox: Sandbox, text: str, status: int) -> None:
    """Else there is no browser here to open."""
    with_role(sandbox)
    done = sandbox.run("login", "reader", AWS_VAULT_STDOUT=text)
    assert (done.returncode, done.stdout.startswith("http")) == (status, status == 0)
    assert ("AWS_VAULT_STDOUT is 'perhaps'" in done.stderr) == (status == 2)
    out = sandbox.run("login", "reader", "--stdout", AWS_VAULT_AUTO_LOGOUT="true")
    assert "Action=logout" in out.stdout
