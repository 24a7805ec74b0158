"""What a shell holds is what commands without a name are about, whatever profile has the same name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.aws.identities import Call
    from tests.sandbox import Sandbox

ACCOUNT = "111122223333"
NAME = f"{ACCOUNT}/reader"
CONFUSING = """\
[profile {name}]
role_arn = {arn}
source_profile = base
region = eu-north-1
"""


@pytest.fixture
def holder(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the role `reader`, and a profile of the same name that leads to another role."""
    world = sandbox.aws.world
    sandbox.add("base", world.user("alice").access_key())
    sandbox.configure("region = eu-west-1\n")
    world.role("reader")
    elsewhere = world.role("elsewhere")
    sandbox.configure(CONFUSING.format(name=NAME, arn=elsewhere.arn))
    return sandbox


def run_in_shell(sandbox: Sandbox, *words: str) -> str:
    """Return what a command prints in a shell that holds the role without a profile."""
    enter = f'eval "$(shellvault env base --role-arn arn:aws:iam::{ACCOUNT}:role/reader)"'
    done = sandbox.shell("bash", f"set -e; {enter}; shellvault {' '.join(words)}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def find_calls(sandbox: Sandbox, action: str) -> list[Call]:
    """Return every call of this action."""
    return [call for call in sandbox.aws.world.calls if call.action == action]


def test_login_opens_what_the_shell_holds(holder: Sandbox) -> None:
    """Not the console of the profile, which is opened by its name."""
    run_in_shell(holder, "login", "--stdout")
    run_in_shell(holder, "login", "--stdout", NAME)
    held, named = [call.principal for call in find_calls(holder, "getSigninToken")]
    assert ":assumed-role/reader/" in held
    assert ":assumed-role/elsewhere/" in named


def test_login_narrows_what_the_shell_holds(holder: Sandbox) -> None:
    """A scope on the command line is about the same role."""
    run_in_shell(holder, "login", "--stdout", "--read-only")
    last = find_calls(holder, "AssumeRole")[-1].params
    assert last["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/reader"
    assert last["PolicyArns.member.1.arn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_status_describes_what_the_shell_holds(holder: Sandbox) -> None:
    """Its role and region, and that nothing has changed since."""
    found = json.loads(run_in_shell(holder, "status", "--json"))
    assert (found["account"], found["role"], found["region"]) == (ACCOUNT, "reader", "eu-west-1")
    assert found["findings"] == []


def test_doctor_checks_what_the_shell_holds(holder: Sandbox) -> None:
    """It finds no difference to a profile that the session is not of."""
    found = json.loads(run_in_shell(holder, "doctor", "--json", "||", "true"))
    (message,) = [each["message"] for each in found if each["check"] == "session" and "up to date" in each["message"]]
    assert message == f"the session of '{NAME}' in this shell is up to date"


def test_without_its_base_the_held_role_is_still_described(holder: Sandbox) -> None:
    """A shell outlives changes of the config file."""
    text = holder.config.read_text().replace("[profile base]", "[profile renamed]")
    written = f"printf %s {json.dumps(text)} >{holder.config}; shellvault remove -f base >&2"
    shown = run_in_shell(holder, "status", "--json >/dev/null;", written, "; shellvault status --json")
    assert (json.loads(shown)["profile"], json.loads(shown)["account"]) == (NAME, ACCOUNT)
