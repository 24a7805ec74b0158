"""Profile names and serials are untrusted text: no driver takes them for options, markup or code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.document import profile_header
from shellvault.ui.mfa.drivers import Question
from tests.ui.fake_drivers import PROGRAMS, FakeDriver

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NAME = "$(touch pwned) & <b>_x`touch pwned`"
SERIAL = "arn:aws:iam::111122223333:mfa/--help';touch${IFS}pwned;\"&`touch<pwned`\\n<img/src=/etc/passwd>--version"
TEXT = f"MFA code for {NAME} ({SERIAL})"


def run_hostile(sandbox: Sandbox, driver: str) -> FakeDriver:
    """Let a driver ask for the code of a hostile device, and return its program."""
    sandbox.add(NAME, sandbox.aws.world.user("alice").access_key(), "--no-config")
    sandbox.configure(f"{profile_header(NAME)}\nmfa_serial = {SERIAL}\n")
    fake = FakeDriver(sandbox, driver, "echo none; exit 3")
    done = sandbox.run("env", NAME, "--shell", "bash", "--prompt", driver)
    assert done.returncode == 6, done.stderr
    return fake


@pytest.mark.parametrize("driver", PROGRAMS)
def test_no_part_of_them_runs_or_is_an_option(sandbox: Sandbox, driver: str) -> None:
    """They are one argument, after what keeps it from being an option, or on stdin."""
    fake = run_hostile(sandbox, driver)
    *before, last = fake.calls[0]
    assert not [word for word in before if "touch" in word or "--help" in word]
    assert not last.startswith("-") or before[-1] == "--" or last.startswith(("--text=MFA code", "$Error"))
    assert not list(sandbox.home.rglob("pwned"))


def test_osascript_gets_the_question_as_an_argument(sandbox: Sandbox) -> None:
    """Its script is the same for all names."""
    *script, question = run_hostile(sandbox, "osascript").calls[0]
    assert question == TEXT
    assert script[:2] == ["-e", "on run argv"]
    assert script[-2:] == ["-e", "end run"]


def test_zenity_shows_the_names_unchanged(sandbox: Sandbox) -> None:
    """An underscore would underline the next letter, and a backslash would begin an escape."""
    text = TEXT.replace("\\", "\\\\").replace("_", "__")
    assert run_hostile(sandbox, "zenity").calls[0][-1] == f"--text={text}"


def test_kdialog_gets_no_tag(sandbox: Sandbox) -> None:
    """Qt would load an image from a file that the name chooses."""
    assert not set("<\\") & set(run_hostile(sandbox, "kdialog").calls[0][-1])


def test_powershell_gets_the_same_script_for_all_names(sandbox: Sandbox) -> None:
    """The question is on stdin only, and the script has no double quotes."""
    fake = run_hostile(sandbox, "wincredui")
    assert fake.stdin == TEXT
    assert "MFA code for" not in " ".join(fake.calls[0])
    assert '"' not in fake.calls[0][-1]


@pytest.mark.parametrize("driver", ["ykman", "pass"])
def test_code_generators_get_the_serial_unchanged(sandbox: Sandbox, driver: str) -> None:
    """It names an account or an entry, and is not shown."""
    assert run_hostile(sandbox, driver).calls[0][-2:] == ["--", SERIAL]


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\n", "\r", "\u202e", "\0", "\x07"])
def test_a_question_is_one_printable_line(hostile: str) -> None:
    """On a terminal as in a dialog."""
    question = Question(f"serial{hostile}", f"{hostile}profile")
    assert question.text.isprintable()
    assert question.text.startswith("MFA code for ?")


def test_a_question_has_a_maximum_length() -> None:
    """Windows refuses a text of more than a thousand characters."""
    assert len(Question("s" * 9999, "p" * 9999).text) <= 300
