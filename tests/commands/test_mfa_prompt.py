"""The question for an MFA code: asked on the terminal and nowhere else, and never where it is forbidden."""

from __future__ import annotations

import pytest

from tests.commands.people import with_mfa
from tests.commands.speech import SHELLS, into
from tests.commands.terminal import PROMPT, at_terminal, in_shell
from tests.sandbox import SHELLVAULT, Sandbox

QUESTION = r"MFA code for base \(arn:aws:iam::111122223333:mfa/alice\): "
NO_CODE = "error: that is not a code of arn:aws:iam::111122223333:mfa/alice: a code is six digits"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_code_typed_inside_eval_puts_the_session_in(sandbox: Sandbox, shell: str) -> None:
    """The question is seen although the shell catches stdout, and one code serves both links of the chain."""
    device = with_mfa(sandbox)
    with in_shell(sandbox, shell) as terminal:
        terminal.type(into(shell, "guarded"))
        terminal.sees(QUESTION)
        terminal.type(device.next_code())
        terminal.sees(PROMPT)
        terminal.type('echo "now <$AWS_VAULT>"')
        terminal.sees("now <guarded>")
    assert [call.action for call in sandbox.aws.world.calls] == ["GetSessionToken", "AssumeRole"]


def test_the_question_stays_on_the_terminal_with_every_stream_redirected(sandbox: Sandbox) -> None:
    """So stdout holds nothing but statements."""
    device = with_mfa(sandbox)
    with in_shell(sandbox) as terminal:
        terminal.type("shellvault env guarded </dev/null >out 2>err")
        terminal.sees(QUESTION)
        terminal.type(device.next_code())
        terminal.sees(PROMPT)
    assert (sandbox.home / "out").read_text().startswith("{\n")
    assert "MFA code for" not in (sandbox.home / "out").read_text() + (sandbox.home / "err").read_text()


def test_no_input_never_asks(sandbox: Sandbox) -> None:
    """Not even where there is a terminal; status 6 says that a person is needed."""
    with_mfa(sandbox)
    with at_terminal(sandbox, ["sh", "-c", "shellvault env guarded --shell bash --no-input >out"]) as terminal:
        terminal.sees("error: profile 'base' needs a code of arn:aws:iam::111122223333:mfa/alice")
        terminal.sees(
            "hint: run it where a person can answer, as with shellvault use PROFILE, or give the code with --mfa"
        )
        assert terminal.ends() == 6
    assert "MFA code for" not in terminal.seen
    assert (sandbox.home / "out").read_text() == "false\n"
    assert sandbox.aws.world.calls == []


def test_without_a_terminal_nobody_is_asked(sandbox: Sandbox) -> None:
    """As in cron, or behind `setsid`."""
    with_mfa(sandbox)
    done = sandbox.command(["setsid", "--wait", SHELLVAULT, "env", "guarded", "--shell", "bash"])
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "error: there is no terminal to ask on\n" in done.stderr


def test_a_background_job_fails_at_once_instead_of_waiting_for_ever(sandbox: Sandbox) -> None:
    """To read from the terminal would stop it, and its question would land in somebody else's screen."""
    with_mfa(sandbox)
    with in_shell(sandbox) as terminal:
        terminal.type('shellvault env guarded >out & wait $!; echo "status $?"')
        terminal.sees("error: cannot ask: running in the background")
        terminal.sees("status 6\r")
    assert "MFA code for" not in terminal.seen
    assert (sandbox.home / "out").read_text() == "false\n"


@pytest.mark.parametrize("answer", ["", "12345", "1234567", "12e456", "-12345", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_what_cannot_be_a_code_is_never_sent(sandbox: Sandbox, answer: str) -> None:
    """AWS counts failed attempts, and says less clearly what is wrong."""
    with_mfa(sandbox)
    with at_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"]) as terminal:
        terminal.sees(QUESTION)
        terminal.type(answer)
        terminal.sees(NO_CODE)
        assert terminal.ends() == 6
    assert sandbox.aws.world.calls == []


def test_the_end_of_input_is_no_answer(sandbox: Sandbox) -> None:
    """Ctrl-D at the question."""
    with_mfa(sandbox)
    with at_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"]) as terminal:
        terminal.sees(QUESTION)
        terminal.end_input()
        terminal.sees("\r\nerror: no answer was given\r\n")
        assert terminal.ends() == 6


@pytest.mark.parametrize("given", ["by option", "by variable"])
def test_a_code_that_is_given_is_not_asked_for(sandbox: Sandbox, given: str) -> None:
    """--mfa-token and SHELLVAULT_MFA_TOKEN; a space between the halves is how devices show them."""
    code = with_mfa(sandbox).next_code()
    shown = f"{code[:3]} {code[3:]}"
    words = ("--mfa-token", shown) if given == "by option" else ()
    extra = {} if words else {"SHELLVAULT_MFA_TOKEN": shown}
    done = sandbox.run("env", "guarded", "--shell", "bash", *words, **extra)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("spent", [True, False])
def test_a_wrong_code_says_so_and_costs_nothing_but_the_code(sandbox: Sandbox, spent: bool) -> None:  # noqa: FBT001 - a case
    """Status 6; one call only, and the next code works."""
    device = with_mfa(sandbox)
    code = device.next_code()
    if spent:
        device.accept(code)
    wrong = code if spent else f"{(int(code) + 1) % 10**6:06}"
    done = sandbox.run("env", "guarded", "--shell", "bash", "-t", wrong)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: AWS refused the MFA code for {device.serial}\nhint: each code works once" in done.stderr
    assert len(sandbox.aws.world.calls) == 1
    assert sandbox.run("env", "guarded", "--shell", "bash", "-t", device.next_code()).returncode == 0


def test_the_vault_is_opened_before_the_code_is_asked_for(sandbox: Sandbox) -> None:
    """A wrong passphrase must not cost a code."""
    with_mfa(sandbox)
    sandbox.run("lock")
    command = ["sh", "-c", "shellvault env guarded --shell bash >out"]
    with at_terminal(sandbox, command, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        terminal.sees("Passphrase of the sealed vault: ")
        terminal.type("not this one")
        terminal.sees("error: the passphrase is wrong")
        assert terminal.ends() == 6
    assert "MFA code for" not in terminal.seen
