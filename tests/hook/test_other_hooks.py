"""The hooks of elvish, nushell and xonsh do in these shells what those of bash, zsh and fish do there."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.hook.hooked_other_shell import (
    OTHERS,
    PRINT_STATUS,
    STATUS,
    change,
    get_expiry,
    get_variable,
    print_hook_line,
    start_other_shell,
    use,
    wait_for_session_after,
)
from tests.hook.live_shell import SHORT, add_short_profile
from tests.hook.session_states import drop_sessions
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", OTHERS)
SHOW_EXPIRY = "sh -c 'echo saw $SHELLVAULT_EXPIRES_AT'"
"""A program started by a command, which shows what is exported at that moment."""
OTHER_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAOTHEROTHEROTHER0", "AWS_SECRET_ACCESS_KEY": "other", "AWS_SESSION_TOKEN": ""}
FOREIGN: dict[str, dict[str, str | None]] = {
    "other keys": {**OTHER_KEYS},
    "no keys": dict.fromkeys(OTHER_KEYS),
    "an empty secret": {"AWS_SECRET_ACCESS_KEY": ""},
    "a profile": {"AWS_PROFILE": "mine"},
}


@EACH
def test_use_and_off_work_in_the_shell_itself(sandbox: Sandbox, name: str) -> None:
    """`use` enters a session, the segment shows it, `use -` goes back, and `off` leaves it."""
    add_short_profile(sandbox, 3600)
    sandbox.configure("[profile second]\nsource_profile = base\n")
    with start_other_shell(sandbox, name, load=print_hook_line(name) or None) as shell:
        use(shell, SHORT)
        assert get_variable(shell, "AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert get_variable(shell, "SHELLVAULT_SEGMENT") in (f"{SHORT} 59m", f"{SHORT} 1h")
        use(shell, "second")
        assert get_variable(shell, "AWS_VAULT") == "second"
        use(shell, "-")
        assert get_variable(shell, "AWS_VAULT") == SHORT
        shell.run("shellvault off")
        assert shell.segment is None
        for variable in ("AWS_ACCESS_KEY_ID", "SHELLVAULT_SEGMENT", "SHELLVAULT_STATE"):
            assert get_variable(shell, variable) == ""


@EACH
def test_everything_else_goes_to_the_program(sandbox: Sandbox, name: str) -> None:
    """Output, help, pipelines, arguments and exit status are the program's own."""
    with start_other_shell(sandbox, name) as shell:
        assert shell.run("shellvault --version").startswith("shellvault ")
        assert shell.run("shellvault use --help").startswith("shellvault use [PROFILE] [options]")
        assert shell.run("shellvault off -h").startswith("shellvault off [options]")
        assert shell.run("shellvault --version | sh -c 'sed s/^/piped-/'").startswith("piped-shellvault ")
        word = "r'$HOME'" if name == "xonsh" else "'$HOME'"
        assert "no profile or key pair matches '$HOME'" in shell.run(f"shellvault list {word}")
        assert "no profile or key pair matches '007'" in shell.run("shellvault list 007")
        assert shell.run("shellvault exec --no-session nobody -- true -h").startswith("error: no profile or key pair")
        assert "error: unknown command 'nonsense'" in (printed := shell.run("shellvault nonsense"))
        assert STATUS[name].format(2) in printed + shell.run(PRINT_STATUS[name])


@pytest.mark.parametrize("line", ["use dve", "off now", "nonsense"])
def test_a_failure_in_elvish_shows_little_of_the_hook(sandbox: Sandbox, line: str) -> None:
    """After the program's error and hint: the status, and where it failed, which is one place in the hook."""
    with start_other_shell(sandbox, "elvish") as shell:
        error, hint, failure, *trace = shell.run(f"shellvault {line}").splitlines()
        assert (error[:7], hint[:6]) == ("error: ", "hint: ")
        assert re.fullmatch(r"Exception: shellvault exited with [23]", failure)
        assert len(trace) == 5
        assert "fail" in trace[2]
        assert f"shellvault {line}" in trace[4]


@EACH
def test_a_use_that_fails_leaves_everything_as_it_was(sandbox: Sandbox, name: str) -> None:
    """The program says why, the command fails with its status, and the session stays."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        use(shell, SHORT)
        before = get_variable(shell, "AWS_ACCESS_KEY_ID")
        for words, error, status in (("use nobody", "no profile or key pair is named 'nobody'", 3),
                                     ("use -", "no previous profile in this shell", 2)):  # fmt: skip
            printed = shell.run(f"shellvault {words}")
            assert printed.count(f"error: {error}") == 1
            assert STATUS[name].format(status) in printed + shell.run(PRINT_STATUS[name])
        assert "off takes nothing" in shell.run("shellvault off now")
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") == before
        assert shell.segment is not None


@EACH
def test_a_shell_that_outlives_the_program_says_how_to_leave_the_session(sandbox: Sandbox, name: str) -> None:
    """`off` cannot work any more; what it tells to type takes the session out."""
    add_short_profile(sandbox, 3600)
    program = sandbox.home / "there" / "shellvault"
    program.parent.mkdir()
    program.symlink_to(SHELLVAULT)
    with start_other_shell(sandbox, name, PATH=f"{program.parent}:/usr/bin:/bin") as shell:
        use(shell, SHORT)
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") != ""
        program.unlink()
        printed = shell.run("shellvault off")
        hint = next(line for line in printed.splitlines() if line.startswith("hint: if shellvault was removed"))
        shell.run(hint.partition("or type: ")[2])
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") == get_variable(shell, "AWS_SECRET_ACCESS_KEY") == ""


@EACH
def test_session_that_is_due_is_renewed_in_the_background(sandbox: Sandbox, name: str) -> None:
    """During a five-second renewal, prompts return and say so; then the new session is there."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        until = use(shell, SHORT)
        drop_sessions(sandbox)
        sandbox.aws.faults.latency = 5
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        for number in range(3):
            assert shell.run(f"echo {number}") == str(number)
        assert shell.segment is not None
        assert shell.segment.text.endswith(" ~")
        assert get_variable(shell, "SHELLVAULT_STATE") == "refreshing"
        assert sandbox.aws.world.count("GetSessionToken") == 1, "prompts waited for AWS to respond"
        assert wait_for_session_after(shell, until) > until
        assert sandbox.aws.world.count("GetSessionToken") == 2
        assert get_variable(shell, "SHELLVAULT_STATE") == "fresh"


@EACH
def test_session_that_expired_is_renewed_before_the_next_command(sandbox: Sandbox, name: str) -> None:
    """The shell was idle at its prompt, and nobody else has renewed the session."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        until = use(shell, SHORT)
        drop_sessions(sandbox)
        stamp = get_variable(shell, "SHELLVAULT_STAMP")
        soon = int(time.time()) + 4
        change(sandbox, shell, SHELLVAULT_REFRESH_AT=str(soon), SHELLVAULT_EXPIRES_AT=str(soon))
        (sandbox.home / stamp).unlink()
        assert sandbox.aws.world.count("GetSessionToken") == 1
        time.sleep(max(0.0, soon + 1.2 - time.time()))
        seen = int(shell.run(SHOW_EXPIRY).rpartition("saw ")[2])
        assert seen > until
        assert get_expiry(shell) == seen


@EACH
def test_renewal_of_another_shell_is_picked_up(sandbox: Sandbox, name: str) -> None:
    """It does so at the first prompt inside the margin, without calling AWS again."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        until = use(shell, SHORT)
        sandbox.aws.world.clock_skew += 2
        assert sandbox.run("env", SHORT, "--fresh", "--shell", "bash").returncode == 0
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        assert get_expiry(shell) > until
        assert sandbox.aws.world.count("GetSessionToken") == 2


@EACH
@pytest.mark.parametrize("what", FOREIGN)
def test_changed_credentials_are_foreign_and_never_renewed_over(sandbox: Sandbox, name: str, what: str) -> None:
    """The segment stops naming the account as ours, even when the session beside them has expired."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        use(shell, SHORT)
        change(sandbox, shell, **FOREIGN[what])
        key_id = get_variable(shell, "AWS_ACCESS_KEY_ID")
        assert shell.segment is not None
        assert (shell.segment.text, shell.segment.colour) == (f"{SHORT}?", "magenta")
        assert get_variable(shell, "SHELLVAULT_STATE") == "foreign"
        sandbox.run("clear")
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000", SHELLVAULT_EXPIRES_AT="1000000001")
        shell.run("echo")
        assert get_variable(shell, "AWS_ACCESS_KEY_ID") == key_id
        assert sandbox.aws.world.count("GetSessionToken") == 1


@EACH
def test_profile_that_uses_environment_keys_can_be_renewed(sandbox: Sandbox, name: str) -> None:
    """The hook passes the keys that were set aside to shellvault only; nushell, which cannot, sets none aside."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.configure(
        f"[profile ambient]\nrole_arn = {sandbox.aws.world.role('reader').arn}\ncredential_source = Environment\n"
    )
    with start_other_shell(sandbox, name, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret) as shell:
        printed = shell.run("shellvault use ambient")
        if name == "nu":
            assert "nushell cannot set them aside" in printed
            assert get_variable(shell, "AWS_ACCESS_KEY_ID") == key.id
            return
        until = get_expiry(shell)
        drop_sessions(sandbox)
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        assert wait_for_session_after(shell, until) > until
        shell.run("env -0 | sh -c 'cat >dump'")
        assert "SHELLVAULT_PROFILE=ambient" in (inside := (sandbox.home / "dump").read_text())
        assert key.secret not in inside
        shell.run("shellvault off")
        assert get_variable(shell, "AWS_SECRET_ACCESS_KEY") == key.secret


@EACH
def test_process_profile_is_followed_and_foreign_next_to_keys(sandbox: Sandbox, name: str) -> None:
    """The shell holds no secret; a newer config file is read again, except in elvish, which cannot see its age."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        shell.run(f"shellvault use --process {SHORT}")
        assert shell.segment is not None
        assert (shell.segment.text, get_variable(shell, "AWS_PROFILE")) == (SHORT, SHORT)
        sandbox.configure("[profile later]\nsource_profile = base\n")
        os.utime(made := sandbox.home / get_variable(shell, "AWS_CONFIG_FILE"), (1, 1))
        shell.run("echo")
        assert ("[profile later]" in made.read_text()) == (name != "elvish")
        change(sandbox, shell, AWS_ACCESS_KEY_ID="AKIAOTHEROTHEROTHER0")
        assert shell.segment is not None
        assert shell.segment.text == f"{SHORT}?"
