"""`--prompt DRIVER`: each driver's program is run, and its output, its failures and its silence are understood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.ui.fake_drivers import DIALOGS, PROGRAMS, FakeDriver, cancel_script

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ENV = ("env", "guarded", "--shell", "bash")


@pytest.mark.parametrize("driver", PROGRAMS)
def test_its_code_gives_the_session(sandbox: Sandbox, driver: str) -> None:
    """There is one call and no passphrase in its environment; white space in the code is ignored."""
    code = add_mfa_role(sandbox).next_code()
    fake = FakeDriver(sandbox, driver, f"echo ' {code[:3]} {code[3:]} '")
    done = sandbox.run(*ENV, SHELLVAULT_MFA_PROMPT=driver)
    assert done.returncode == 0, done.stderr
    assert len(fake.calls) == 1
    assert "SHELLVAULT_PASSPHRASE" not in fake.environment


@pytest.mark.parametrize("driver", DIALOGS)
def test_a_dialog_shows_profile_and_serial(sandbox: Sandbox, driver: str) -> None:
    """They are on stdin where an argument could be taken for code."""
    device = add_mfa_role(sandbox)
    fake = FakeDriver(sandbox, driver, "echo 123456")
    sandbox.run(*ENV, "--prompt", driver)
    asked = fake.stdin if driver == "wincredui" else fake.calls[0][-1]
    assert f"MFA code for base ({device.serial})" in asked


@pytest.mark.parametrize("driver", DIALOGS)
def test_a_cancelled_dialog_is_reported(sandbox: Sandbox, driver: str) -> None:
    """The status is 6, and AWS is not called."""
    add_mfa_role(sandbox)
    FakeDriver(sandbox, driver, cancel_script(driver))
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "error: the question was cancelled\n" in done.stderr
    assert sandbox.aws.world.calls == []


def test_shells_that_wait_share_a_cancelled_dialog(sandbox: Sandbox) -> None:
    """Four shells need the session at once, and the user is asked once."""
    add_mfa_role(sandbox)
    fake = FakeDriver(sandbox, "zenity", "sleep 2; exit 1")
    with ThreadPoolExecutor() as pool:
        every = list(pool.map(lambda _: sandbox.run(*ENV, "--prompt", "zenity"), range(4)))
    assert [done.returncode for done in every] == [6] * 4
    assert all("error: the question was cancelled\n" in done.stderr for done in every)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("driver", PROGRAMS)
def test_a_failing_program_is_named_with_its_last_message(sandbox: Sandbox, driver: str) -> None:
    """The status is 6, and a failure is never taken for Cancel, whatever its exit status."""
    add_mfa_role(sandbox)
    status = 1 if driver in ("osascript", "wincredui") else 3
    FakeDriver(sandbox, driver, f"echo noise >&2; echo 'no such thing' >&2; exit {status}")
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: {PROGRAMS[driver]} " in done.stderr
    assert f"(exit status {status})" in done.stderr
    assert "no such thing" in done.stderr
    assert "cancelled" not in done.stderr


@pytest.mark.parametrize(
    ("driver", "script", "message"),
    [
        *(
            (driver, "echo 12345x", "invalid MFA code for arn:aws:iam::111122223333:mfa/alice: expected six digits")
            for driver in PROGRAMS
        ),
        ("zenity", "printf '123456\\n123456\\n'", "invalid MFA code for "),
        ("zenity", "printf '12345\\357\\274\\226'", "invalid MFA code for "),
        ("zenity", "printf '\\377\\000\\033[2J'", "invalid MFA code for "),
        ("zenity", "true", "no answer was given"),
        ("ykman", "true", "ykman gave no code (exit status 0)"),
        ("kdialog", "exec yes 123456", "kdialog printed far more than a code"),
        ("pass", "exec yes 123456", "pass printed far more than a code"),
    ],
)
def test_output_that_is_not_a_code_is_not_sent(sandbox: Sandbox, driver: str, script: str, message: str) -> None:
    """The status is 6, and AWS is not called."""
    add_mfa_role(sandbox)
    FakeDriver(sandbox, driver, script)
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: {message}" in done.stderr
    assert sandbox.aws.world.calls == []


@pytest.mark.parametrize("driver", PROGRAMS)
def test_a_missing_program_is_named(sandbox: Sandbox, driver: str) -> None:
    """The hint says how to install it, and what to use instead; the status is 6."""
    add_mfa_role(sandbox)
    done = sandbox.run(*ENV, "--prompt", driver, PATH="/nowhere", DISPLAY=":0")
    program = PROGRAMS[driver]
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"error: the prompt driver '{driver}' needs the program {program}, which is not installed\n" in done.stderr
    assert "hint: " in done.stderr
    assert "--prompt terminal" in done.stderr


@pytest.mark.parametrize("driver", ["zenity", "kdialog"])
def test_a_missing_display_is_reported(sandbox: Sandbox, driver: str) -> None:
    """As over ssh: the dialogs' own failure has the same exit status as Cancel."""
    add_mfa_role(sandbox)
    FakeDriver(sandbox, driver, "exit 1")
    done = sandbox.run(*ENV, "--prompt", driver, DISPLAY="")
    assert done.returncode == 6
    assert f"error: {driver} has no display to ask on" in done.stderr


@pytest.mark.parametrize(("wrong", "hint"), [("zentiy", "did you mean zenity?"), ("x", "choose one of: terminal, ")])
def test_an_unknown_driver_is_a_usage_error(sandbox: Sandbox, wrong: str, hint: str) -> None:
    """The status is 2, and the hint has the nearest name, or all of them."""
    done = sandbox.run(*ENV, "--prompt", wrong)
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: --prompt: there is no prompt driver '{wrong}'\nhint: {hint}" in done.stderr


@pytest.mark.parametrize("driver", ["zenity", "ykman"])
def test_no_input_runs_no_driver(sandbox: Sandbox, driver: str) -> None:
    """With --no-input no key may start to blink in the background."""
    add_mfa_role(sandbox)
    fake = FakeDriver(sandbox, driver, "echo 123456")
    assert sandbox.run(*ENV, "--prompt", driver, "--no-input").returncode == 6
    assert not fake.pid.exists()


def test_the_process_driver_runs_mfa_process(sandbox: Sandbox) -> None:
    """A profile without mfa_process is an error whose hint says what to add."""
    device = add_mfa_role(sandbox)
    done = sandbox.run(*ENV, "--prompt", "process")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "hint: add mfa_process = COMMAND to [profile base]" in done.stderr
    (sandbox.home / "code.txt").write_text(device.next_code())
    sandbox.config.write_text(
        sandbox.config.read_text().replace("mfa_serial", "mfa_process = cat code.txt\nmfa_serial")
    )
    assert sandbox.run(*ENV, "--prompt", "process").returncode == 0


@pytest.mark.parametrize("driver", PROGRAMS)
def test_a_person_gets_three_tries_and_a_program_one(sandbox: Sandbox, driver: str) -> None:
    """A dialog asks again after a malformed code; a YubiKey would only give the same one again."""
    add_mfa_role(sandbox)
    fake = FakeDriver(sandbox, driver, "echo 12345")
    done = sandbox.run(*ENV, "--prompt", driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert len(fake.calls) == (3 if driver in DIALOGS else 1)
    assert sandbox.aws.world.calls == []
