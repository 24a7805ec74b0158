"""What programs get that name a profile beside an endpoint: a narrowed or lent one gives no way around its limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

WRITE = ("ssm", "put-parameter", "--name", "a", "--value", "b", "--type", "String")
WHO = ("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
NARROWED = (("exec", "--server", "--read-only"), ("lend", "--read-only"))
REFUSED = "other profiles are not available beside a narrowed or lent session"


@pytest.mark.parametrize("words", NARROWED, ids=["exec --server", "lend"])
def test_a_narrowed_session_is_narrow_also_if_its_profile_is_named(
    agents: AgentSandbox, words: tuple[str, ...]
) -> None:
    """By an option, as in a Makefile, or a variable."""
    for argv in ((aws_cli(), "--profile", "reader", *WRITE), ("env", "AWS_PROFILE=reader", aws_cli(), *WRITE)):
        done = agents.run(*words, "reader", "--", *argv)
        assert (done.returncode != 0, "AccessDenied" in done.stderr) == (True, True), done.stderr


@pytest.mark.parametrize("words", [*NARROWED, ("lend",)], ids=["exec --server", "lend", "lend, not narrowed"])
def test_other_profiles_are_refused_beside_it(agents: AgentSandbox, words: tuple[str, ...]) -> None:
    """They would give whole sessions, and go on after the loan has ended."""
    done = agents.run(*words, "reader", "--", aws_cli(), "--profile", "base", *WHO)
    assert (done.returncode != 0, done.stdout, REFUSED in done.stderr) == (True, "", True), done.stderr


def test_other_profiles_work_beside_a_whole_session(agents: AgentSandbox) -> None:
    """It keeps nothing from programs."""
    done = agents.run("exec", "--server", "reader", "--", aws_cli(), "--profile", "base", *WHO)
    assert ":user/" in done.stdout, done.stderr


def test_the_file_follows_the_users_own(agents: AgentSandbox) -> None:
    """A profile that is added later is refused, too, once the hook or a program has had the file renewed."""
    agents.sandbox.configure("\n[profile later]\nregion = eu-west-1\n")
    script = (
        'printf "[profile new]\\nsource_profile = base\\nrole_arn = arn:aws:iam::111122223333:role/x\\n" '
        '>> "$SHELLVAULT_CONFIG_FILE"; shellvault env --process --refresh --shell sh; '
        'sed -n "/profile new/,\\$p" "$AWS_CONFIG_FILE"; [ "$AWS_CONFIG_FILE" -nt "$SHELLVAULT_CONFIG_FILE" ]'
    )
    done = agents.run("exec", "--server", "--read-only", "reader", "--", "sh", "-c", script)
    assert (done.returncode, REFUSED in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_wrong_include_elsewhere_is_not_in_the_way(agents: AgentSandbox) -> None:
    """Such a profile is refused like the others beside a narrowed session; [default] has no credentials, as always."""
    agents.sandbox.configure("\n[profile astray]\ninclude_profile = nosuch\n[default]\ninclude_profile = nosuch\n")
    cat = ("sh", "-c", 'cat "$AWS_CONFIG_FILE"')
    whole, narrow = (agents.run("exec", "--server", *words, "reader", "--", *cat) for words in ((), ("--read-only",)))
    assert (whole.returncode, narrow.returncode) == (0, 0), whole.stderr
    assert "\n[profile astray]\ncredential_process = " in whole.stdout
    assert REFUSED in narrow.stdout.partition("\n[profile astray]\ncredential_process = ")[2].partition("\n")[0]
    assert whole.stdout.partition("\n[default]\n")[2][:1] == narrow.stdout.partition("\n[default]\n")[2][:1] == "\n"


def test_a_narrowed_session_in_a_shell_whose_profiles_ask(agents: AgentSandbox) -> None:
    """Programs that name a profile are not given a whole session."""
    words = ("exec", "--read-only", "reader", "--", aws_cli(), "--profile", "reader", *WRITE)
    done = agents.run("exec", "--process", "--", "shellvault", *words)
    assert (done.returncode != 0, "must have credentials" in done.stderr) == (True, True), done.stdout


OTHERS = """
[profile raw]
aws_access_key_id = {key.id}
aws_secret_access_key = {key.secret}
region = eu-west-1
[profile over-raw]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = raw
region = eu-west-1
[profile program]
credential_process = /bin/echo never
session_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess
region = eu-west-1
"""


@pytest.mark.parametrize("profile", ["raw", "over-raw", "program"])
def test_profiles_that_shellvault_has_nothing_to_do_with_are_refused_too(agents: AgentSandbox, profile: str) -> None:
    """The config file may have other ways to the same role, or to others."""
    agents.sandbox.configure(OTHERS.format(key=agents.sandbox.aws.world.user("bob").access_key()))
    done = agents.run("lend", "reader", "--", aws_cli(), "--profile", profile, *WHO)
    assert (done.returncode != 0, done.stdout, REFUSED in done.stderr) == (True, "", True), done.stderr


WRONG = {
    "a file that is not there": "session_policy = /nonexistent.json",
    "no file": "session_policy =",
    "no ARN": "session_policy_arns = ReadOnlyAccess",
    "none": "session_policy_arns =",
    "misspelt": "session_policies = arn:aws:iam::aws:policy/ReadOnlyAccess",
}


@pytest.mark.parametrize("setting", WRONG.values(), ids=WRONG)
def test_a_profile_that_cannot_be_narrowed_as_it_says_gives_programs_nothing(
    agents: AgentSandbox, setting: str
) -> None:
    """They know nothing of the setting, and would get the whole session."""
    text = "[profile narrow]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n{}\n"
    agents.sandbox.configure(f"\n{text.format(setting)}region = eu-west-1\n")
    done = agents.run("exec", "--process", "--", aws_cli(), "--profile", "narrow", *WHO)
    assert (done.returncode != 0, done.stdout) == (True, ""), done.stdout
    assert "the session cannot be narrowed as the profile says" in done.stderr


def test_a_role_over_the_one_that_is_revoked_is_not_lent_any_more(agents: AgentSandbox) -> None:
    """It has no profile, but its session says so."""
    role = agents.sandbox.aws.world.role("over", trusts=["111122223333"])
    script = "shellvault revoke reader --yes; shellvault lend"
    done = agents.run("lend", "reader", "--role-arn", role.arn, "--", "sh", "-c", script)
    assert "'111122223333/over' is no longer lent to 'sh'" in done.stdout, done.stdout + done.stderr
    assert "Nothing is lent." in done.stdout


@pytest.mark.parametrize("words", [("env", "--read-only", "reader"), ("env", "--server", "--read-only", "reader")])
def test_a_sign_in_without_a_name_is_as_narrow_as_the_shell(agents: AgentSandbox, words: tuple[str, ...]) -> None:
    """`login` opens what the shell holds; the log shows the scope of each session."""
    agents.run(*words, "--shell", "sh")
    script = f'eval "$(shellvault {" ".join(words)} --shell sh)"; shellvault login --stdout; shellvault log --json'
    done = agents.sandbox.command(["sh", "-c", script])
    assert "?Action=login" in done.stdout, done.stderr
    scopes = {json.loads(line)["scope"] for line in done.stdout.splitlines() if line.startswith("{")}
    assert scopes == {"ro"}, done.stdout
