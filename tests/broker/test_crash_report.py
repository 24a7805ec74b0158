"""Crash reports: they show where shellvault failed, and no values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.broker.secret_search import find_secrets

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser

SECRET = "a-secret-of-forty-characters-and-no-less"
CHAINED = """
import sys

from shellvault.system.crash_report import format_crash

def inner(secret):
    raise KeyError(secret)

def outer(secret):
    try:
        inner(secret)
    except KeyError as error:
        raise ValueError("while reading " + secret) from error

try:
    outer(sys.argv[1])
except ValueError as error:
    error.add_note(sys.argv[1])
    sys.stderr.write(format_crash(error))
"""


def test_crash_report_shows_location_but_no_values(user: MfaUser) -> None:
    """The exception's message, cause and notes all hold a secret; only its type and frames are reported."""
    done = user.sandbox.command([sys.executable, "-c", CHAINED, SECRET])
    assert "in outer" in done.stderr
    assert "error: a bug in shellvault: ValueError\n" in done.stderr
    assert find_secrets((done.stdout + done.stderr).encode(), [SECRET]) == []


def test_setting_that_cannot_be_sent_shows_no_secret(user: MfaUser) -> None:
    """A value that cannot be sent is a usage error that names the setting. No secret appears in the output."""
    user.sandbox.configure("[profile odd]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n")
    done = user.sandbox.run("env", "odd", "--shell", "bash", "--debug", AWS_SESSION_TAGS="a=\udcff")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "error: tags of profile 'odd' is not UTF-8" in done.stderr
    assert find_secrets(done.stderr.encode(errors="replace"), user.sandbox.aws.world.secrets()) == []


@pytest.mark.parametrize("fault", ["truncate", "garbage"])
def test_malformed_response_is_not_quoted(user: MfaUser, fault: str) -> None:
    """A truncated response holds a secret key and botocore's error quotes it; neither stdout nor stderr shows it."""
    user.sandbox.aws.faults.next(fault, None)
    done = user.sandbox.run("env", "reader", "--shell", "bash", "--debug")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert user.sandbox.aws.world.count("AssumeRole", f"fault:{fault}") > 0
    assert find_secrets(done.stderr.encode(), user.sandbox.aws.world.secrets()) == []
