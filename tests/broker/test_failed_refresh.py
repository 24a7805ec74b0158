"""Failed refreshes: a still valid session is served with a notice; otherwise the exit status tells the failure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.broker.cached_sessions import drop_sessions, make_due

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

READER = ("env", "reader", "--shell", "bash", "--no-input")
ADMIN = ("env", "admin", "--shell", "bash", "--no-input")
STILL_VALID = "; using the session that is still valid\n"


def _cause_fault(kind: str) -> Callable[[Sandbox], dict[str, str]]:
    def arrange(sandbox: Sandbox) -> dict[str, str]:
        sandbox.aws.faults.next(kind, None)
        return {}

    return arrange


def _revoke_trust(sandbox: Sandbox) -> dict[str, str]:
    sandbox.aws.world.role("reader", trusts=[])
    return {}


def _lock_vault(sandbox: Sandbox) -> dict[str, str]:
    assert sandbox.run("lock").returncode == 0
    return {"SHELLVAULT_PASSPHRASE_FILE": ""}


FAILURES = [
    pytest.param(_cause_fault("drop"), 8, "could not be reached", id="connection dropped"),
    pytest.param(_cause_fault("throttle"), 8, "throttling", id="throttled"),
    pytest.param(_cause_fault("error500"), 8, "HTTP 500", id="server error"),
    pytest.param(_cause_fault("garbage"), 8, "could not be parsed", id="malformed response"),
    pytest.param(_cause_fault("portal"), 8, "could not be parsed", id="captive portal"),
    pytest.param(_cause_fault("redirect"), 8, "could not be parsed (HTTP 302)", id="redirect"),
    pytest.param(_cause_fault("forbidden"), 8, "could not be parsed (HTTP 403)", id="proxy's refusal"),
    pytest.param(_cause_fault("proxy407"), 8, "asks for a user and password (HTTP 407)", id="proxy's password"),
    pytest.param(_cause_fault("busy"), 8, "throttling AssumeRole", id="throttled by a balancer"),
    pytest.param(_cause_fault("unavailable"), 8, "HTTP 503", id="unavailable"),
    pytest.param(_cause_fault("flood"), 8, "larger than 1 MiB", id="endless response"),
    pytest.param(_cause_fault("reset"), 8, "could not be reached", id="connection reset"),
    pytest.param(_cause_fault("badchunk"), 8, "could not be reached", id="broken body"),
    pytest.param(_revoke_trust, 7, "AccessDenied", id="access denied"),
    pytest.param(_lock_vault, 5, "locked", id="vault locked"),
]


@pytest.mark.parametrize(("arrange", "_status", "reason"), FAILURES)
def test_valid_session_is_served_when_refresh_fails(
    user: MfaUser, arrange: Callable[[Sandbox], dict[str, str]], _status: int, reason: str
) -> None:
    """Inside the refresh margin, a failure leaves the session in place and is explained on stderr."""
    before = _fetch_key_id(user, READER)
    make_due(user.sandbox)
    done = user.sandbox.run(*READER, **arrange(user.sandbox))
    assert (done.returncode, _parse_key_id(done)) == (0, before)
    assert reason in done.stderr
    assert done.stderr.endswith(STILL_VALID)


@pytest.mark.parametrize(("arrange", "status", "reason"), FAILURES)
def test_failure_sets_exit_status_when_no_valid_session_is_left(
    user: MfaUser, arrange: Callable[[Sandbox], dict[str, str]], status: int, reason: str
) -> None:
    """Once the session has expired, stdout is `false` and the exit status tells the kind of failure."""
    _fetch_key_id(user, READER)
    drop_sessions(user.sandbox)
    done = user.sandbox.run(*READER, **arrange(user.sandbox))
    assert (done.returncode, done.stdout) == (status, "false\n")
    assert reason in done.stderr


def test_valid_session_is_served_without_an_mfa_code(user: MfaUser) -> None:
    """With both sessions due and no code available, the MFA session stays in use and GetSessionToken is not called."""
    user.prompter.answer(user.device.next_code())
    before = _fetch_key_id(user, ADMIN)
    make_due(user.sandbox)
    user.prompter.answer("no code")
    done = user.sandbox.run(*ADMIN)
    assert done.returncode == 0
    assert _parse_key_id(done) != before, "the role was not refreshed with the MFA session"
    assert STILL_VALID in done.stderr
    assert user.sandbox.aws.world.count("GetSessionToken") == 1


def test_call_with_mfa_code_is_not_retried(user: MfaUser) -> None:
    """A code works once: the lost call may have spent it, so a retry would only be refused."""
    user.prompter.answer(user.device.next_code())
    user.sandbox.aws.faults.next("drop", 1, "GetSessionToken")
    done = user.sandbox.run(*ADMIN)
    assert (done.returncode, done.stdout) == (8, "false\n")


def test_missing_mfa_code_without_prompting_exits_with_status_6(user: MfaUser) -> None:
    """Prompting is disabled and no valid session is left, so AWS is not called."""
    user.sandbox.configure(f"[profile asks]\ninclude_profile = base\nmfa_serial = {user.device.serial}\n")
    done = user.sandbox.run("env", "asks", "--shell", "bash", "--no-input")
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert f"needs an MFA code for {user.device.serial}" in done.stderr
    assert user.sandbox.aws.world.calls == []


def test_due_session_is_refreshed(user: MfaUser) -> None:
    """Inside the refresh margin a new session is fetched, and the next command gets it from the cache."""
    before = _fetch_key_id(user, READER)
    make_due(user.sandbox)
    after = _fetch_key_id(user, READER)
    assert after != before
    assert _fetch_key_id(user, READER) == after
    assert user.sandbox.aws.world.count("AssumeRole") == 2


def test_refresh_margin_is_at_most_a_quarter_of_the_lifetime(user: MfaUser) -> None:
    """SHELLVAULT_REFRESH_AT is 15 minutes before expiry, or a quarter of the lifetime if that is shorter."""
    long, short = (_parse_times(user.sandbox.run(*READER, f"--duration={life}")) for life in ("1h", "1000s"))
    assert long[0] - long[1] == 900
    assert short[0] - short[1] in (250, 251)


def test_expired_session_is_never_served(user: MfaUser) -> None:
    """After its last second, a failed refresh serves nothing and a successful one fetches a new session."""
    user.sandbox.aws.world.session_life = 1
    first = user.sandbox.run(*READER)
    time.sleep(max(0.0, _parse_times(first)[0] - time.time()))
    user.sandbox.aws.faults.next("garbage")
    failed = user.sandbox.run(*READER)
    assert (failed.returncode, failed.stdout) == (8, "false\n")
    assert _fetch_key_id(user, READER) != _parse_key_id(first)


def _fetch_key_id(user: MfaUser, words: tuple[str, ...]) -> str:
    done = user.sandbox.run(*words)
    assert done.returncode == 0, done.stderr
    return _parse_key_id(done)


def _parse_key_id(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.partition("AWS_ACCESS_KEY_ID='")[2].partition("'")[0]


def _parse_times(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """Return when a printed session expires and when it is due for refresh."""
    expires_at, refresh_at = (
        done.stdout.partition(f"SHELLVAULT_{name}='")[2].partition("'")[0] for name in ("EXPIRES_AT", "REFRESH_AT")
    )
    return int(expires_at), int(refresh_at)
