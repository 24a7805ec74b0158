"""ykman and `pass otp`: how they are called, and the variables that aws-vault's users have set already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.ui.fake_drivers import FakeDriver

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ENV = ("env", "guarded", "--shell", "bash", "--prompt")
SERIAL = "arn:aws:iam::111122223333:mfa/alice"


@pytest.mark.parametrize(
    ("driver", "variables", "words"),
    [
        ("ykman", {}, f"oath accounts code --single -- {SERIAL}"),
        ("ykman", {"YKMAN_OATH_CREDENTIAL_NAME": "work"}, "oath accounts code --single -- work"),
        (
            "ykman",
            {"YKMAN_OATH_DEVICE_SERIAL": "0123456"},
            f"--device=0123456 oath accounts code --single -- {SERIAL}",
        ),
        ("pass", {}, f"otp code -- {SERIAL}"),
        ("pass", {"PASS_OATH_CREDENTIAL_NAME": "otp/work"}, "otp code -- otp/work"),
    ],
)
def test_the_name_is_the_serial_or_comes_from_a_variable(
    sandbox: Sandbox, driver: str, variables: dict[str, str], words: str
) -> None:
    """After two dashes, so that no name is an option."""
    fake = FakeDriver(sandbox, driver, f"echo {add_mfa_role(sandbox).next_code()}")
    done = sandbox.run(*ENV, driver, **variables)
    assert done.returncode == 0, done.stderr
    assert fake.calls == [words.split()]


def test_gopass_is_used_if_there_is_no_pass(sandbox: Sandbox) -> None:
    """Its `otp` prints more than the code unless -o is given."""
    fake = FakeDriver(sandbox, "pass", f"echo {add_mfa_role(sandbox).next_code()}")
    fake.program.rename(fake.program.with_name("gopass"))
    done = sandbox.run(*ENV, "pass")
    assert done.returncode == 0, done.stderr
    assert fake.calls == [["otp", "-o", "--", SERIAL]]


def test_an_older_ykman_is_called_its_own_way(sandbox: Sandbox) -> None:
    """Before version 4 it had no `accounts`; its complaint about that is not shown."""
    code = add_mfa_role(sandbox).next_code()
    script = f"if test \"$2\" = accounts; then echo 'No such command' >&2; exit 2; fi; echo {code}"
    fake = FakeDriver(sandbox, "ykman", script)
    done = sandbox.run(*ENV, "ykman")
    assert done.returncode == 0, done.stderr
    assert fake.calls[1] == ["oath", "code", "--single", "--", SERIAL]
    assert "No such command" not in done.stderr


def test_the_user_is_told_to_touch_the_key(sandbox: Sandbox) -> None:
    """On stderr, before ykman waits for it."""
    add_mfa_role(sandbox)
    FakeDriver(sandbox, "ykman", "exit 1")
    done = sandbox.run(*ENV, "ykman")
    assert "touch the key" in done.stderr.partition("error: ")[0]


@pytest.mark.parametrize("driver", ["ykman", "pass"])
def test_an_unknown_name_is_an_error_that_says_how_to_list_them(sandbox: Sandbox, driver: str) -> None:
    """And which variable chooses another one."""
    add_mfa_role(sandbox)
    FakeDriver(sandbox, driver, "exit 1")
    done = sandbox.run(*ENV, driver)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"{'YKMAN' if driver == 'ykman' else 'PASS'}_OATH_CREDENTIAL_NAME chooses one" in done.stderr
