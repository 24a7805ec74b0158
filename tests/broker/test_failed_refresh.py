"""A refresh that fails: what is still valid is served with a notice, and what has expired ends in the kind of error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.broker.cache import forget, make_due

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.broker.conftest import Person
    from tests.sandbox import Sandbox

READER = ("env", "reader", "--shell", "bash", "--no-input")
ADMIN = ("env", "admin", "--shell", "bash", "--no-input")
STILL_VALID = "; going on with the session that is still valid\n"


def _fault(kind: str) -> Callable[[Sandbox], dict[str, str]]:
    def arrange(sandbox: Sandbox) -> dict[str, str]:
        sandbox.aws.faults.next(kind, None)
        return {}

    return arrange


def _untrusted(sandbox: Sandbox) -> dict[str, str]:
    sandbox.aws.world.role("reader", trusts=[])
    return {}


def _locked(sandbox: Sandbox) -> dict[str, str]:
    assert sandbox.run("lock").returncode == 0
    return {"SHELLVAULT_PASSPHRASE_FILE": ""}


FAILURES = [
    pytest.param(_fault("drop"), 8, "could not be reached", id="AWS hangs up"),
    pytest.param(_fault("throttle"), 8, "throttling", id="AWS throttles"),
    pytest.param(_fault("error500"), 8, "HTTP 500", id="AWS fails"),
    pytest.param(_fault("garbage"), 8, "could not be read", id="AWS answers garbage"),
    pytest.param(_untrusted, 7, "AccessDenied", id="AWS refuses"),
    pytest.param(_locked, 5, "locked", id="the vault is locked"),
]


@pytest.mark.parametrize(("arrange", "_status", "reason"), FAILURES)
def test_a_session_still_valid_is_served(
    person: Person, arrange: Callable[[Sandbox], dict[str, str]], _status: int, reason: str
) -> None:
    """Inside the margin, a refresh that fails leaves the session as it is, and says why on stderr."""
    before = _minted(person, READER)
    make_due(person.sandbox)
    done = person.sandbox.run(*READER, **arrange(person.sandbox))
    assert (done.returncode, _key_id(done)) == (0, before)
    assert reason in done.stderr
    assert done.stderr.endswith(STILL_VALID)


@pytest.mark.parametrize(("arrange", "status", "reason"), FAILURES)
def test_without_a_valid_session_the_kind_of_failure_is_the_status(
    person: Person, arrange: Callable[[Sandbox], dict[str, str]], status: int, reason: str
) -> None:
    """Once the session has expired, stdout is `false` and the exit status says what kept it from being renewed."""
    _minted(person, READER)
    forget(person.sandbox)
    done = person.sandbox.run(*READER, **arrange(person.sandbox))
    assert (done.returncode, done.stdout) == (status, "false\n")
    assert reason in done.stderr


def test_without_a_code_a_valid_session_is_served(person: Person) -> None:
    """The MFA session and the role are due and nobody can be asked: both go on, and no call is made with a code."""
    person.questions.give(person.device.next_code())
    before = _minted(person, ADMIN)
    make_due(person.sandbox)
    person.questions.give("no code")
    done = person.sandbox.run(*ADMIN)
    assert done.returncode == 0
    assert _key_id(done) != before, "the role is renewed over the MFA session that is still valid"
    assert STILL_VALID in done.stderr
    assert person.sandbox.aws.world.count("GetSessionToken") == 1


def test_a_call_with_a_code_is_sent_once(person: Person) -> None:
    """A code works once: nobody knows whether the lost call has spent it, and a retry would only be refused."""
    person.questions.give(person.device.next_code())
    person.sandbox.aws.faults.next("drop", 1, "GetSessionToken")
    done = person.sandbox.run(*ADMIN)
    assert (done.returncode, done.stdout) == (8, "false\n")


def test_without_a_code_and_a_session_a_person_is_needed(person: Person) -> None:
    """Where nobody may be asked, a missing code is status 6, and AWS is not called."""
    person.sandbox.configure(f"[profile asks]\ninclude_profile = base\nmfa_serial = {person.device.serial}\n")
    done = person.sandbox.run("env", "asks", "--shell", "bash", "--no-input")
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"needs a code of {person.device.serial}" in done.stderr
    assert person.sandbox.aws.world.calls == []


def test_a_due_session_is_renewed_where_nothing_fails(person: Person) -> None:
    """Inside the margin a new session is minted, and it is the one that the next command gets."""
    before = _minted(person, READER)
    make_due(person.sandbox)
    after = _minted(person, READER)
    assert after != before
    assert _minted(person, READER) == after
    assert person.sandbox.aws.world.count("AssumeRole") == 2


def test_the_margin_is_a_quarter_of_a_short_life(person: Person) -> None:
    """SHELLVAULT_REFRESH_AT lies 15 minutes before the expiry, or a quarter of the lifetime where that is less."""
    person.sandbox.aws.world.min_duration = 1
    long, short = (_times(person.sandbox.run(*READER, f"--duration={life}")) for life in ("1h", "1000s"))
    assert long[0] - long[1] == 900
    assert short[0] - short[1] in (250, 251)


def test_a_session_of_seconds_expires_for_real(person: Person) -> None:
    """When its seconds are over it is not served, whatever fails; and where nothing fails, another one is minted."""
    person.sandbox.aws.world.min_duration = 1
    first = person.sandbox.run(*READER, "--duration=1s")
    time.sleep(max(0.0, _times(first)[0] - time.time()))
    person.sandbox.aws.faults.next("garbage")
    failed = person.sandbox.run(*READER, "--duration=1s")
    assert (failed.returncode, failed.stdout) == (8, "false\n")
    assert _minted(person, (*READER, "--duration=1s")) != _key_id(first)


def _minted(person: Person, words: tuple[str, ...]) -> str:
    done = person.sandbox.run(*words)
    assert done.returncode == 0, done.stderr
    return _key_id(done)


def _key_id(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.partition("AWS_ACCESS_KEY_ID='")[2].partition("'")[0]


def _times(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """Return when a printed session expires, and when it is due."""
    expires_at, refresh_at = (
        done.stdout.partition(f"SHELLVAULT_{name}='")[2].partition("'")[0] for name in ("EXPIRES_AT", "REFRESH_AT")
    )
    return int(expires_at), int(refresh_at)
