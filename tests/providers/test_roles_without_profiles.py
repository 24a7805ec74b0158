"""A role without a profile of its own: over another profile's session, or by a sign-in to IAM Identity Center."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.sandbox import SESSION_NAME, parse_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.sso import Sso
    from tests.sandbox import Sandbox

ACCOUNT = "111122223333"
NAME = f"{ACCOUNT}/reader"
SIGN_IN = ("--sso", "corp", "--account", ACCOUNT, "--role", "reader")


@pytest.fixture
def arn(sandbox: Sandbox) -> str:
    """Return the ARN of a role that the profile `base` may assume."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("region = eu-west-1\n")
    return sandbox.aws.world.role("reader").arn


def environment_after(sandbox: Sandbox, script: str, **extra: str) -> Mapping[str, str]:
    """Return the environment of a bash after a script that must not fail."""
    done = sandbox.shell("bash", f"set -e; {script}\nenv -0", **extra)
    assert done.returncode == 0, done.stderr
    return parse_environment(done.stdout)


def test_a_role_over_a_profiles_session_is_used_and_named_by_account_and_role(sandbox: Sandbox, arn: str) -> None:
    """It has the profile's region, and the next call is answered from the cache."""
    line = f'eval "$(shellvault env base --role-arn {arn})"'
    found = environment_after(sandbox, f"{line}; {line}")
    assert {found["AWS_VAULT"], found["SHELLVAULT_PROFILE"]} == {NAME}
    assert (found["AWS_ACCOUNT_ID"], found["AWS_REGION"]) == (ACCOUNT, "eu-west-1")
    credential = sandbox.aws.world.credential(found["AWS_ACCESS_KEY_ID"])
    assert credential is not None
    assert credential.principal.arn.endswith(f"assumed-role/reader/{SESSION_NAME}")
    assert sandbox.aws.world.count("AssumeRole") == 1
    assert NAME in sandbox.run("list", "--sessions").stdout
    assert sandbox.run("clear", NAME).stdout == "Forgot 1 session.\n"


def test_a_role_over_a_profile_with_a_role_is_assumed_over_that_role(sandbox: Sandbox, arn: str) -> None:
    """This holds for a profile with a key pair of its own, which botocore would use directly as a source, too."""
    middle = sandbox.aws.world.role("middle").arn
    sandbox.configure(f"role_arn = {middle}\nsource_profile = base\n")
    last = sandbox.aws.world.role("last", trusts=(middle,)).arn
    del arn
    found = environment_after(sandbox, f'eval "$(shellvault env base --role-arn {last})"')
    assert found["SHELLVAULT_PROFILE"] == f"{ACCOUNT}/last"
    assert sandbox.aws.world.count("AssumeRole", "ok") == 2


def test_a_role_shares_the_mfa_session_of_its_profile(sandbox: Sandbox) -> None:
    """One code serves the profile's own role and another one."""
    device = add_mfa_role(sandbox)
    sandbox.configure(f"[profile operator]\nsource_profile = base\nmfa_serial = {device.serial}\n")
    other = sandbox.aws.world.role("other", require_mfa=True).arn
    assert sandbox.run("exec", "guarded", "--mfa-token", device.code(), "--", "true").returncode == 0
    done = sandbox.run("exec", "--no-input", "base", "--role-arn", other, "--", "true")
    assert done.returncode == 7
    assert done.stderr.endswith("add mfa_serial = ARN to [profile base]\n")
    done = sandbox.run("exec", "--no-input", "operator", "--role-arn", other, "--", "true")
    assert done.returncode == 0, done.stderr


def test_a_shell_renews_such_a_session_and_finds_it_by_its_name(sandbox: Sandbox, arn: str) -> None:
    """The shell remembers what the name stands for; a program started in it does, too."""
    script = f"""
        eval "$(shellvault env base --role-arn {arn} --region us-east-1)"
        shellvault clear >&2
        eval "$(shellvault env --refresh)"
        shellvault exec {NAME} -- true
        shellvault status >&2
    """
    found = environment_after(sandbox, script)
    assert (found["SHELLVAULT_PROFILE"], found["AWS_REGION"]) == (NAME, "us-east-1")
    assert sandbox.aws.world.count("AssumeRole") == 2


def test_leaving_and_going_back_know_what_the_name_stands_for(sandbox: Sandbox, arn: str) -> None:
    """`-` is the profile before, `-2` the one before that; after --unset, nothing of it is left."""
    script = f"""
        eval "$(shellvault env base --role-arn {arn})"
        eval "$(shellvault env base)"
        eval "$(shellvault env other)"
        printf '%s ' "${{SHELLVAULT_VIA-none}}"
        eval "$(shellvault env -2)"
        printf '%s %s ' "$SHELLVAULT_PROFILE" "$SHELLVAULT_VIA"
        eval "$(shellvault env -2)"
        printf '%s ' "$SHELLVAULT_PROFILE"
        eval "$(shellvault env -)"
        printf '%s ' "$SHELLVAULT_PROFILE"
        shellvault env -3 || printf '%s ' $?
        eval "$(shellvault env --unset)"
        set | grep -c '^SHELLVAULT_\\(VIA\\|PROFILE\\|PREVIOUS\\)' || :
    """
    sandbox.configure("[profile other]\nsource_profile = base\n")
    done = sandbox.shell("bash", script)
    shown = f"none {NAME} role-arn={arn} profile=base base {NAME} false\n2 0\n"
    assert done.stdout == shown, done.stderr
    assert "no profile -3 in this shell" in done.stderr


@pytest.mark.usefixtures("browser")
def test_a_role_of_a_sign_in_needs_no_profile(sandbox: Sandbox, sso: Sso) -> None:
    """It is named like the others, and a profile with the same sign-in does in place of the sso-session."""
    sso.assign("unlisted")
    words = (*SIGN_IN[:-1], "unlisted")
    done = sandbox.run("exec", *words, "--", "printenv", "SHELLVAULT_PROFILE", "AWS_ACCOUNT_ID")
    assert done.stdout.split() == [f"{ACCOUNT}/unlisted", ACCOUNT], done.stderr
    done = sandbox.run("exec", "--sso", "admin", *words[2:], "--no-input", "--json")
    assert json.loads(done.stdout)["AccountId"] == ACCOUNT, done.stderr
    assert sandbox.aws.world.count("GetRoleCredentials") == 1


def test_exported_texts_hold_nothing_that_only_shells_need(sandbox: Sandbox, arn: str) -> None:
    """Other programs have no use for it."""
    done = sandbox.run("export", "base", "--role-arn", arn)
    assert done.returncode == 0, done.stderr
    assert "SHELLVAULT" not in done.stdout


@pytest.mark.usefixtures("arn", "sso")
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("base", "--role-arn", ""), 2, "--role-arn is empty"),
        (("base", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/r\n"), 2, "--role-arn has more than one line"),
        (("base", "--role-arn", "reader"), 2, "--role-arn: 'reader' is not the ARN of a role"),
        (("--role-arn", "arn:aws:iam::111122223333:role/reader"), 2, "--role-arn needs the profile"),
        (("bsae", "--role-arn", "arn:aws:iam::111122223333:role/reader"), 3, "did you mean base?"),
        ((NAME, "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/reader"), 3, f"no profile or key pair is named '{NAME}'"),
        (("base", *SIGN_IN), 2, "--sso takes no profile beside it"),
        (SIGN_IN[:4], 2, "--sso needs --role beside it"),
        (SIGN_IN[2:], 2, "--account needs --sso beside it"),
        (("--sso", "", *SIGN_IN[2:]), 2, "--sso is empty"),
        (("--sso", NAME, *SIGN_IN[2:]), 3, f"no sso-session or profile is named '{NAME}'"),
        (("--sso", "crop", *SIGN_IN[2:]), 3, "did you mean corp?"),
        (("--sso", "base", *SIGN_IN[2:]), 2, "profile 'base' does not sign in"),
        (("--sso", "corp", "--account", "1234", "--role", "r"), 2, "--account: '1234' is not an account's id"),
        ((*SIGN_IN[:-1], "$(id)"), 2, "--role: '$(id)' is not a role's name"),
        (("base", "--role-arn", "arn:aws:iam::111122223333:role/r", "--role", "r"), 2, "name two roles"),
        (("--process", "base", "--role-arn", "arn:aws:iam::111122223333:role/reader"), 2, "use --server instead"),
        ((*SIGN_IN, "--read-only"), 2, "write a profile for it"),
        ((NAME,), 3, f"no profile or key pair is named '{NAME}'"),
    ],
)
def test_options_that_choose_no_role_are_refused(
    sandbox: Sandbox, words: tuple[str, ...], status: int, said: str
) -> None:
    """An unset variable, above all, never gives the wider session of the profile."""
    done = sandbox.run("env", "--shell", "bash", *words)
    assert (done.returncode, done.stdout) == (status, "false\n"), done.stderr
    assert said in done.stderr
    assert sandbox.aws.world.count("AssumeRole") == 0


def test_variables_choose_a_role_and_are_named_in_errors(sandbox: Sandbox, arn: str) -> None:
    """Every option has one; renewal looks at what the shell holds, and not at them."""
    script = 'eval "$(shellvault env base)"; eval "$(SHELLVAULT_ROLE_ARN=x shellvault env --refresh)"'
    assert environment_after(sandbox, script, SHELLVAULT_ROLE_ARN=arn)["SHELLVAULT_PROFILE"] == NAME
    done = sandbox.run("env", "--shell", "bash", "base", SHELLVAULT_ROLE_ARN="reader")
    assert "SHELLVAULT_ROLE_ARN: 'reader' is not the ARN of a role" in done.stderr


@pytest.mark.usefixtures("browser")
def test_words_come_before_variables(sandbox: Sandbox, sso: Sso, arn: str) -> None:
    """They choose another role; variables that complete what they choose count."""
    sso.assign("reader")
    chosen = dict(zip(("SHELLVAULT_SSO", "SHELLVAULT_ACCOUNT", "SHELLVAULT_ROLE"), SIGN_IN[1::2], strict=True))
    for words, variables, name in (
        (("base", "--role-arn", arn), chosen, NAME),
        (SIGN_IN, {"SHELLVAULT_ROLE_ARN": arn}, NAME),
        (SIGN_IN[:2], {**chosen, "SHELLVAULT_SSO": "crop"}, NAME),
    ):
        done = sandbox.run("exec", *words, "--", "printenv", "SHELLVAULT_PROFILE", **variables)
        assert done.stdout.strip() == name, (words, variables, done.stderr)
    assert sandbox.aws.world.count("GetRoleCredentials") == 1
    done = sandbox.run("env", "--shell", "bash", **chosen, SHELLVAULT_ROLE_ARN=arn)
    assert "SHELLVAULT_ROLE_ARN and SHELLVAULT_SSO name two roles" in done.stderr


def test_a_program_that_gives_credentials_never_sees_a_chosen_role(sandbox: Sandbox, arn: str) -> None:
    """It may be shellvault: what it gives is cached for the profile, and another program asks for that profile."""
    sandbox.configure(f"[profile {NAME}]\nrole_arn = {arn}\nsource_profile = base\n")
    sandbox.configure("[profile proc]\ncredential_process = shellvault exec base --json\n")
    other = sandbox.aws.world.role("other").arn
    who = "aws sts get-caller-identity --query Arn --output text --region eu-west-1"
    for words, environ in (("exec proc", {"SHELLVAULT_ROLE_ARN": other}), ("exec proc", {})):
        done = sandbox.shell("sh", f"shellvault {words} -- {who}", **environ)
        chosen = "assumed-role/other/" if environ else "user/alice"
        assert chosen in done.stdout, done.stderr
        assert sandbox.run("exec", "base", "--json", **environ).stdout == sandbox.run("exec", "base", "--json").stdout
    held = f"role-arn={other} profile=base"
    done = sandbox.shell("sh", f"shellvault exec {NAME} -- {who}", SHELLVAULT_VIA=held.replace("other", "reader"))
    assert "assumed-role/reader/" in done.stdout, done.stderr


def test_each_refuses_a_variable_that_chooses_one_role(sandbox: Sandbox, arn: str) -> None:
    """The runs would have the wider sessions of their profiles."""
    done = sandbox.run("each", "base", "--", "true", SHELLVAULT_ROLE_ARN=arn)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("hint: unset SHELLVAULT_ROLE_ARN\n")
