"""What programs get that name a profile beside an endpoint: a narrowed or lent one gives no way around its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

WRITE = ("ssm", "put-parameter", "--name", "a", "--value", "b", "--type", "String")
WHO = ("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
NARROWED = (("exec", "--server", "--read-only"), ("lend", "--read-only"))
REFUSED = "no other profile is to be had beside a session that was narrowed or lent"


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


def test_a_narrowed_session_in_a_shell_whose_profiles_ask(agents: AgentSandbox) -> None:
    """Programs that name a profile are not given a whole session."""
    words = ("exec", "--read-only", "reader", "--", aws_cli(), "--profile", "reader", *WRITE)
    done = agents.run("exec", "--process", "--", "shellvault", *words)
    assert (done.returncode != 0, "must have credentials" in done.stderr) == (True, True), done.stdout
