"""The MFA prompt: on the terminal and nowhere else, and never when prompting is disabled."""

from __future__ import annotations

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.shell_syntax import SHELLS, write_eval
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import SHELLVAULT, Sandbox

PROMPT_TEXT = r"MFA code for base \(arn:aws:iam::111122223333:mfa/alice\): "
NO_CODE = "invalid MFA code for arn:aws:iam::111122223333:mfa/alice: expected six digits"


@pytest.mark.parametrize("shell", SHELLS)
def test_code_typed_inside_eval_enters_the_session(sandbox: Sandbox, shell: str) -> None:
    """The prompt is visible although the shell captures stdout, and one code serves both links of the chain."""
    device = add_mfa_role(sandbox)
    with open_shell(sandbox, shell) as terminal:
        terminal.type(write_eval(shell, "guarded"))
        terminal.expect(PROMPT_TEXT)
        terminal.type(device.next_code())
        terminal.expect(PROMPT)
        terminal.type('echo "now <$AWS_VAULT>"')
        terminal.expect("now <guarded>")
    assert [call.action for call in sandbox.aws.world.calls] == ["GetSessionToken", "AssumeRole"]


def test_prompt_uses_the_terminal_when_all_streams_are_redirected(sandbox: Sandbox) -> None:
    """So stdout holds nothing but statements."""
    device = add_mfa_role(sandbox)
    with open_shell(sandbox) as terminal:
        terminal.type("shellvault env guarded </dev/null >out 2>err")
        terminal.expect(PROMPT_TEXT)
        terminal.type(device.next_code())
        terminal.expect(PROMPT)
    assert (sandbox.home / "out").read_text().startswith("{\n")
    assert "MFA code for" not in (sandbox.home / "out").read_text() + (sandbox.home / "err").read_text()


def test_no_input_never_prompts(sandbox: Sandbox) -> None:
    """Not even on a terminal; status 6 means that user input is needed."""
    add_mfa_role(sandbox)
    with open_terminal(sandbox, ["sh", "-c", "shellvault env guarded --shell bash --no-input >out"]) as terminal:
        terminal.expect("error: profile 'base' needs an MFA code for arn:aws:iam::111122223333:mfa/alice")
        terminal.expect("hint: in a terminal: shellvault use guarded; or give the code with --mfa")
        assert terminal.wait_for_exit() == 6
    assert "MFA code for base" not in terminal.output
    assert (sandbox.home / "out").read_text() == "false\n"
    assert sandbox.aws.world.calls == []


def test_without_a_terminal_there_is_no_prompt(sandbox: Sandbox) -> None:
    """As in cron, or under `setsid`."""
    add_mfa_role(sandbox)
    done = sandbox.command(["setsid", "--wait", SHELLVAULT, "env", "guarded", "--shell", "bash"])
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert done.stderr == (
        "error: profile 'base' needs an MFA code for arn:aws:iam::111122223333:mfa/alice: "
        "there is no terminal to ask on\nhint: run it in a terminal, or give the code with --mfa-token\n"
    )


def test_background_job_fails_instead_of_waiting(sandbox: Sandbox) -> None:
    """Reading from the terminal would stop it, and its prompt would disturb the foreground job."""
    add_mfa_role(sandbox)
    with open_shell(sandbox) as terminal:
        terminal.type('shellvault env guarded >out & wait $!; echo "status $?"')
        terminal.expect("error: profile 'base' needs an MFA code for .*: cannot ask: running in the background")
        terminal.expect("hint: run it in the foreground, or give the code with --mfa-token")
        terminal.expect("status 6\r")
    assert "MFA code for base" not in terminal.output
    assert (sandbox.home / "out").read_text() == "false\n"


@pytest.mark.parametrize("answer", ["", "12345", "1234567", "12e456", "-12345", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_malformed_code_is_never_sent(sandbox: Sandbox, answer: str) -> None:
    """AWS counts failed attempts, and its error is less clear. The prompt allows three tries."""
    add_mfa_role(sandbox)
    with open_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"]) as terminal:
        for _ in range(3):
            terminal.expect(PROMPT_TEXT)
            terminal.type(answer)
            terminal.expect(NO_CODE)
        assert terminal.wait_for_exit() == 6
    assert sandbox.aws.world.calls == []


def test_end_of_input_is_not_an_answer(sandbox: Sandbox) -> None:
    """Ctrl-D at the prompt."""
    add_mfa_role(sandbox)
    with open_terminal(sandbox, [SHELLVAULT, "exec", "guarded", "--", "true"]) as terminal:
        terminal.expect(PROMPT_TEXT)
        terminal.end_input()
        terminal.expect("\r\nerror: no answer was given\r\n")
        assert terminal.wait_for_exit() == 6


@pytest.mark.parametrize("given", ["by option", "by variable"])
def test_given_code_is_not_prompted_for(sandbox: Sandbox, given: str) -> None:
    """Through --mfa-token or SHELLVAULT_MFA_TOKEN; a space in the middle is allowed, as many devices show one."""
    code = add_mfa_role(sandbox).next_code()
    spaced = f"{code[:3]} {code[3:]}"
    words = ("--mfa-token", spaced) if given == "by option" else ()
    extra = {} if words else {"SHELLVAULT_MFA_TOKEN": spaced}
    done = sandbox.run("env", "guarded", "--shell", "bash", *words, **extra)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("spent", [True, False])
def test_rejected_code_is_reported_and_costs_only_the_code(sandbox: Sandbox, spent: bool) -> None:  # noqa: FBT001 - parametrized
    """Status 6 after one call, and the next code works."""
    device = add_mfa_role(sandbox)
    code = device.next_code()
    if spent:
        device.accept(code)
    wrong = code if spent else f"{(int(code) + 1) % 10**6:06}"
    done = sandbox.run("env", "guarded", "--shell", "bash", "-t", wrong)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: AWS refused the MFA code for {device.serial}\nhint: each code works once" in done.stderr
    assert len(sandbox.aws.world.calls) == 1
    assert sandbox.run("env", "guarded", "--shell", "bash", "-t", device.next_code()).returncode == 0


def test_vault_is_opened_before_the_mfa_prompt(sandbox: Sandbox) -> None:
    """A wrong passphrase must not cost a code."""
    add_mfa_role(sandbox)
    sandbox.run("lock")
    command = ["sh", "-c", "shellvault env guarded --shell bash >out"]
    with open_terminal(sandbox, command, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for _ in range(3):
            terminal.expect("Passphrase of the sealed vault: ")
            terminal.type("not this one")
        terminal.expect("error: the passphrase is wrong")
        assert terminal.wait_for_exit() == 6
    assert "MFA code for" not in terminal.output


@pytest.mark.parametrize("section", ["default", "profile default"])
def test_an_mfa_serial_in_default_is_mentioned_when_a_role_needs_mfa(sandbox: Sandbox, section: str) -> None:
    """aws-vault would use it, but as in the AWS CLI no other profile inherits it. The hint says what to write."""
    device = add_mfa_role(sandbox)
    text = sandbox.config.read_text().replace(f"mfa_serial = {device.serial}\n", "")
    sandbox.config.write_text(f"[{section}]\nmfa_serial = {device.serial}\n{text}")
    done = sandbox.run("env", "guarded", "--shell", "bash")
    assert done.returncode == 7
    assert done.stderr.splitlines()[-1] == (
        f"hint: check the role's ARN and its trust policy; if it asks for MFA, add mfa_serial = {device.serial} to "
        "[profile guarded]; it stands in [default], from which no other profile inherits"
    )
