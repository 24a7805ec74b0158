"""What a bug of ours shows: the way to it, and never a value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.broker.secrets import shown

if TYPE_CHECKING:
    from tests.broker.conftest import Person

SECRET = "a-secret-of-forty-characters-and-no-less"
CHAINED = """
import sys

from shellvault.bugs import report

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
    report(error)
"""


def test_a_report_names_the_place_and_no_value(person: Person) -> None:
    """An exception whose words, cause and notes all hold a secret is reported by its type and its frames."""
    done = person.sandbox.command([sys.executable, "-c", CHAINED, SECRET])
    assert "in outer" in done.stderr
    assert "error: a bug in shellvault: ValueError\n" in done.stderr
    assert shown((done.stdout + done.stderr).encode(), [SECRET]) == []


def test_a_bug_on_the_way_to_aws_shows_no_secret(person: Person) -> None:
    """A value that no request can carry fails with the secrets in every frame: stdout is `false`, nothing is shown."""
    with person.sandbox.config.open("ab") as config:
        config.write(b"[profile odd]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n")
        config.write(b"external_id = \xff\xfe\n")
    done = person.sandbox.run("env", "odd", "--shell", "bash", "--debug")
    assert (done.returncode, done.stdout) == (1, "false\n")
    assert "error: " in done.stderr
    assert shown(done.stderr.encode(errors="replace"), person.sandbox.aws.world.secrets()) == []


@pytest.mark.parametrize("fault", ["truncate", "garbage"])
def test_a_broken_answer_shows_nothing_of_itself(person: Person, fault: str) -> None:
    """Half an answer holds a secret key, and botocore's error quotes it: neither reaches stderr or stdout."""
    person.sandbox.aws.faults.next(fault, None)
    done = person.sandbox.run("env", "reader", "--shell", "bash", "--debug")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert person.sandbox.aws.world.count("AssumeRole", f"fault:{fault}") > 0
    assert shown(done.stderr.encode(), person.sandbox.aws.world.secrets()) == []
