"""`--prompt DRIVER`: each driver's program is asked, and what it says, or does not say, is understood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.ui.fakes import DIALOGS, PROGRAMS, Fake, cancelling

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ENV = ("env", "guarded", "--shell", "bash")


@pytest.mark.parametrize("driver", PROGRAMS)
def test_its_code_brings_the_session(sandbox: Sandbox, driver: str) -> None:
    """One call, and no passphrase is handed on with it; a space between the halves of a code is none of it."""
    code = add_mfa_role(sandbox).next_code()
    fake = Fake(sandbox, driver, f"echo ' {code[:3]} {code[3:]} '")
    done = sandbox.run(*ENV, SHELLVAULT_MFA_PROMPT=driver)
    assert done.returncode == 0, done.stderr
    assert len(fake.calls) == 1
    assert "SHELLVAULT_PASSPHRASE" not in fake.environment


@pytest.mark.parametrize("driver", DIALOGS)
def test_a_dialog_shows_whose_code_is_wanted(sandbox: Sandbox, driver: str) -> None:
    """Profile and serial; on stdin where an argument could be taken for code."""
    device = add_mfa_role(sandbox)
    fake = Fake(sandbox, driver, "echo 123456")
    sandbox.run(*ENV, "--prompt", driver)
    asked = fake.stdin if driver == "wincredui" else fake.calls[0][-1]
    assert f"MFA code for base ({device.serial})" in asked


@pytest.mark.parametrize("driver", DIALOGS)
def test_a_cancelled_dialog_says_so(sandbox: Sandbox, driver: str) -> None:
    """Status 6, and AWS is not asked."""
    add_mfa_role(sandbox)
    Fake(sandbox, driver, cancelling(driver))
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "error: the question for an MFA code was cancelled\n" in done.stderr
    assert sandbox.aws.world.calls == []


def test_a_cancelled_dialog_is_not_shown_to_everybody_who_waited(sandbox: Sandbox) -> None:
    """Of four shells that need the session at once one person is asked once."""
    add_mfa_role(sandbox)
    fake = Fake(sandbox, "zenity", "sleep 2; exit 1")
    with ThreadPoolExecutor() as pool:
        every = list(pool.map(lambda _: sandbox.run(*ENV, "--prompt", "zenity"), range(4)))
    assert [done.returncode for done in every] == [6] * 4
    assert all("error: the question for an MFA code was cancelled\n" in done.stderr for done in every)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("driver", PROGRAMS)
def test_a_program_that_fails_is_named_with_its_last_words(sandbox: Sandbox, driver: str) -> None:
    """Status 6; a failure is not taken for Cancel, whatever its exit status."""
    add_mfa_role(sandbox)
    status = 1 if driver in ("osascript", "wincredui") else 3
    Fake(sandbox, driver, f"echo noise >&2; echo 'no such thing' >&2; exit {status}")
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: {PROGRAMS[driver]} " in done.stderr
    assert f"(exit status {status})" in done.stderr
    assert "no such thing" in done.stderr
    assert "cancelled" not in done.stderr


@pytest.mark.parametrize(
    ("driver", "body", "said"),
    [
        *((driver, "echo 12345x", "that is not a code of arn:aws:iam::111122223333:mfa/alice") for driver in PROGRAMS),
        ("zenity", "printf '123456\\n123456\\n'", "that is not a code"),
        ("zenity", "printf '12345\\357\\274\\226'", "that is not a code"),
        ("zenity", "printf '\\377\\000\\033[2J'", "that is not a code"),
        ("zenity", "true", "no answer was given"),
        ("ykman", "true", "ykman gave no code (exit status 0)"),
        ("kdialog", "exec yes 123456", "kdialog printed far more than a code"),
        ("pass", "exec yes 123456", "pass printed far more than a code"),
    ],
)
def test_an_answer_that_is_no_code_goes_no_further(sandbox: Sandbox, driver: str, body: str, said: str) -> None:
    """Status 6, and AWS is not asked."""
    add_mfa_role(sandbox)
    Fake(sandbox, driver, body)
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: {said}" in done.stderr
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("driver", PROGRAMS)
def test_a_program_that_is_not_installed_is_named(sandbox: Sandbox, driver: str) -> None:
    """With how to come by it, and what else there is; status 6."""
    add_mfa_role(sandbox)
    done = sandbox.run(*ENV, "--prompt", driver, PATH="/nowhere", DISPLAY=":0")
    program = PROGRAMS[driver]
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: the prompt driver '{driver}' needs the program {program}, which is not installed\n" in done.stderr
    assert "hint: " in done.stderr
    assert "--prompt terminal" in done.stderr


@pytest.mark.parametrize("driver", ["zenity", "kdialog"])
def test_without_a_display_nothing_is_shown_and_the_reason_is_told(sandbox: Sandbox, driver: str) -> None:
    """By ssh: their own failure has the same exit status as Cancel."""
    add_mfa_role(sandbox)
    Fake(sandbox, driver, "exit 1")
    done = sandbox.run(*ENV, "--prompt", driver, DISPLAY="")
    assert done.returncode == 6
    assert f"error: {driver} has no display to ask on" in done.stderr


@pytest.mark.parametrize(("wrong", "hint"), [("zentiy", "did you mean zenity?"), ("x", "choose one of: terminal, ")])
def test_a_driver_that_is_none_is_a_mistake_of_usage(sandbox: Sandbox, wrong: str, hint: str) -> None:
    """Status 2, with the nearest one, or all of them."""
    add_mfa_role(sandbox)
    done = sandbox.run(*ENV, "--prompt", wrong)
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: there is no prompt driver '{wrong}'\nhint: {hint}" in done.stderr


@pytest.mark.parametrize("driver", ["zenity", "ykman"])
def test_who_must_not_be_asked_is_not(sandbox: Sandbox, driver: str) -> None:
    """--no-input: a key must not begin to blink in the background."""
    add_mfa_role(sandbox)
    fake = Fake(sandbox, driver, "echo 123456")
    assert sandbox.run(*ENV, "--prompt", driver, "--no-input").returncode == 6
    assert not fake.pid.exists()


def test_process_runs_what_the_profile_names(sandbox: Sandbox) -> None:
    """And a profile that names nothing gets told what to write."""
    device = add_mfa_role(sandbox)
    done = sandbox.run(*ENV, "--prompt", "process")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "hint: add mfa_process = COMMAND to [profile base]" in done.stderr
    (sandbox.home / "code.txt").write_text(device.next_code())
    sandbox.config.write_text(
        sandbox.config.read_text().replace("mfa_serial", "mfa_process = cat code.txt\nmfa_serial")
    )
    assert sandbox.run(*ENV, "--prompt", "process").returncode == 0
