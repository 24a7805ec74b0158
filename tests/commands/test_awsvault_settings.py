"""aws-vault's variables that override profile settings and options, and AWS_ROLE_ARN, which is ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role, add_role
from tests.sandbox import parse_environment
from tests.ui.fake_drivers import FakeDriver

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


def list_role_params(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the parameters of each AssumeRole call other than role and duration."""
    calls = [call for call in sandbox.aws.world.calls if call.action == "AssumeRole"]
    return [{name: call.params[name] for name in SENT if name in call.params} for call in calls]


def test_variables_override_settings_of_the_requested_profile(sandbox: Sandbox) -> None:
    """Their values reach AWS, and a session cached without them is not served."""
    add_role(sandbox, more="role_session_name = from-config\nsession_tags = team=other")
    assert sandbox.run(*ENV).returncode == 0
    assert sandbox.run(*ENV, **SETTINGS).returncode == 0
    assert list_role_params(sandbox)[1:] == [SENT]
    assert list_role_params(sandbox)[0]["RoleSessionName"] == "from-config"


def test_variables_do_not_affect_source_profiles(sandbox: Sandbox) -> None:
    """As in aws-vault, session names and tags apply only to the requested profile."""
    add_role(sandbox, more="role_session_name = from-config")
    far = sandbox.aws.world.role("far", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    assert sandbox.run("env", "far", "--shell", "bash", AWS_ROLE_SESSION_NAME="alice@desk").returncode == 0
    assert [call["RoleSessionName"] for call in list_role_params(sandbox)] == ["from-config", "alice@desk"]


@pytest.mark.parametrize("configured", ["", "mfa_serial = arn:aws:iam::111122223333:mfa/another"])
def test_mfa_device_can_be_set_by_variable(sandbox: Sandbox, configured: str) -> None:
    """Whether or not the profile sets one of its own."""
    device = sandbox.aws.world.user("alice").mfa_device()
    add_role(sandbox, more=configured)
    sandbox.aws.world.role("reader", require_mfa=True)
    done = sandbox.run(*ENV, "-t", device.next_code(), AWS_MFA_SERIAL=device.serial)
    assert done.returncode == 0, done.stderr
    assert sandbox.aws.world.calls[0].params["SerialNumber"] == device.serial


def test_mfa_driver_can_be_set_by_variable(sandbox: Sandbox) -> None:
    """SHELLVAULT_MFA_PROMPT overrides it, and the option overrides both."""
    fake = FakeDriver(sandbox, "zenity", f"echo {add_mfa_role(sandbox).next_code()}")
    guarded = ("env", "guarded", "--shell", "bash")
    for words, more in (((), {"SHELLVAULT_MFA_PROMPT": "none"}), (("--prompt", "none"), {})):
        refused = sandbox.run(*guarded, *words, AWS_VAULT_PROMPT="zenity", **more)
        assert "there is no prompt driver 'none'" in refused.stderr
    done = sandbox.run(*guarded, AWS_VAULT_PROMPT="zenity")
    assert (done.returncode, len(fake.calls)) == (0, 1), done.stderr


def test_role_arn_variable_is_reported_and_ignored(sandbox: Sandbox) -> None:
    """No notice if it names the profile's own role or belongs to a web identity token, which only the SDKs use."""
    add_role(sandbox)
    role = sandbox.aws.world.role("reader").arn
    done = sandbox.run(*ENV, AWS_ROLE_ARN=OTHER)
    assert done.returncode == 0
    assert "shellvault: AWS_ROLE_ARN is set, but ignored: 'reader'" in done.stderr
    assert sandbox.aws.world.calls[0].params["RoleArn"] == role
    for variables in ({"AWS_ROLE_ARN": OTHER, "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, {"AWS_ROLE_ARN": role}):
        assert sandbox.run(*ENV, **variables).stderr == ""


def test_commands_work_inside_an_awsvault_shell(sandbox: Sandbox) -> None:
    """`exec` and `env` replace the aws-vault session with their own."""
    add_role(sandbox)
    inside = {"AWS_VAULT": "other", "AWS_ACCESS_KEY_ID": "ASIAOTHER", "AWS_SECURITY_TOKEN": "old", "AWS_REGION": "z"}
    done = sandbox.run("exec", "reader", "--", "env", "-0", **inside)
    found = parse_environment(done.stdout)
    assert (done.returncode, found["AWS_VAULT"], found.get("AWS_SECURITY_TOKEN")) == (0, "reader", None), done.stderr
    assert found["AWS_ACCESS_KEY_ID"] != "ASIAOTHER"
    statement = 'eval "$(shellvault env reader)" && env -0'
    assert parse_environment(sandbox.shell("bash", statement, **inside).stdout)["AWS_VAULT"] == "reader"


@pytest.mark.parametrize(("text", "status"), [("true", 0), ("0", 6), ("perhaps", 2)])
def test_login_url_is_printed_when_a_variable_requests_it(sandbox: Sandbox, text: str, status: int) -> None:
    """Otherwise login fails, as there is no browser to open."""
    add_role(sandbox)
    done = sandbox.run("login", "reader", AWS_VAULT_STDOUT=text)
    assert (done.returncode, done.stdout.startswith("http")) == (status, status == 0)
    assert ("AWS_VAULT_STDOUT is 'perhaps'" in done.stderr) == (status == 2)
    out = sandbox.run("login", "reader", "--stdout", AWS_VAULT_AUTO_LOGOUT="true")
    assert "Action=logout" in out.stdout
