"""No wait holds back a session: not after a clock that was ahead, a late network, or a lock that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.full_size import scale
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session, make_due, write_assignment
from tests.hook.simulated_life import live
from tests.sandbox import PASSPHRASE

if TYPE_CHECKING:
    from tests.full_size import Note
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

SET_CLOCK = {
    "bash": "__shellvault_clock() {{ __shellvault_now={}; }}",
    "zsh": "__shellvault_clock() {{ typeset -gi __shellvault_now={}; }}",
    "fish": "function __shellvault_clock; set -g __shellvault_now {}; end; set -g __shellvault_written 0",
}
DAYS = scale(35)
EACH = pytest.mark.parametrize("name", SHELLS)


def test_clock_that_was_ahead_delays_nothing_once_corrected(shell: LiveShell, sandbox: Sandbox) -> None:
    """An attempt had failed while it was a year ahead, and the next is scheduled for a year later."""
    until = shell.session_expiry
    ahead = until + 365 * 86400
    drop_sessions(sandbox)
    waits = [write_assignment(shell, f"__shellvault_{what}_at", ahead + 600) for what in ("background", "renew")]
    shell.run("; ".join([SET_CLOCK[shell.name].format(ahead), "__shellvault_tell_time", "__shellvault_adopt", *waits]))
    shell.run("true")
    assert shell.get_variable("SHELLVAULT_STATE") == "expired"
    assert shell.get_expiry() == until
    shell.run(SET_CLOCK[shell.name].format(until - 60))
    assert shell.wait_for_session_after(until) > until


def test_late_network_is_used_three_seconds_later(shell: LiveShell, sandbox: Sandbox) -> None:
    """The second attempt before a command is not immediate, but does not take half a minute either."""
    expire_session(shell)
    drop_sessions(sandbox)
    sandbox.aws.faults.next("drop", times=None)
    shell.run("true")
    now = int(shell.get_variable("__shellvault_now"))
    sandbox.aws.faults.clear()
    shell.run(SET_CLOCK[shell.name].format(now + 1))
    assert shell.get_expiry() == 1000000001
    shell.run(SET_CLOCK[shell.name].format(now + 5))
    assert shell.get_expiry() > now


def test_cached_session_is_used_by_the_next_command(sandbox: Sandbox, shell: LiveShell) -> None:
    """Even if the one in the shell has minutes left: the program started now may run longer than that."""
    make_due(shell, refreshes=False)
    drop_sessions(sandbox)
    assert sandbox.run("env", SHORT, "--shell", "bash").returncode == 0
    seen = int(shell.run("sh -c 'echo =$SHELLVAULT_EXPIRES_AT'").rpartition("=")[2])
    assert seen > shell.session_expiry


@EACH
def test_unlocked_vault_is_used_at_once(sandbox: Sandbox, name: str) -> None:
    """Nobody has tried since, so the status file still says `locked`."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_PASSPHRASE_FILE="") as shell:
        shell.use(SHORT)
        shell.run("shellvault lock")
        drop_sessions(sandbox)
        make_due(shell)
        shell.prompt_until("SHELLVAULT_STATE", "locked")
        assert sandbox.run("unlock").returncode == 0, PASSPHRASE
        shell.run("export SHELLVAULT_EXPIRES_AT=1000000001; true")
        shell.run(write_assignment(shell, "__shellvault_background_at", 9_999_999_999))
        assert int(shell.run("sh -c 'echo =$SHELLVAULT_EXPIRES_AT'").rpartition("=")[2]) > 1000000001


@EACH
@pytest.mark.parametrize("word", ["", "ok", "lock", "LOCKED", "locked-out", "mfa2", "3 locked"])
def test_unknown_state_is_not_shown(sandbox: Sandbox, name: str, word: str) -> None:
    """A damaged status file, or one from a later version, is no reason to ask for a passphrase."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.use(SHORT)
        make_due(shell, refreshes=False)
        shell.run(f'echo "0 0 {word}" >"$SHELLVAULT_STAMP"')
        shell.run("true")
        assert shell.get_variable("SHELLVAULT_STATE") in ("due", "refreshing")


@EACH
@pytest.mark.parametrize("runtime_dir", ["", "/run/user/gone", "/nowhere/else"])
def test_shells_of_different_logins_share_renewals(sandbox: Sandbox, name: str, runtime_dir: str) -> None:
    """For example, a tmux that outlived its login, or a login over SSH."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, XDG_RUNTIME_DIR=runtime_dir) as shell:
        shell.use(SHORT)
        make_due(shell, refreshes=False)
        drop_sessions(sandbox)
        assert sandbox.run("env", SHORT, "--shell", "bash", XDG_RUNTIME_DIR=str(sandbox.home)).returncode == 0
        assert shell.wait_for_session_after(shell.session_expiry) > shell.session_expiry


def test_days_of_work_sleep_travel_and_outages(sandbox: Sandbox, record_property: Note) -> None:
    """No command runs with an expired session while AWS is reachable, on 35 days at full size."""
    lived = live(sandbox, days=DAYS, seed=514)
    record_property("runs", DAYS)
    assert lived.faults == ()
    assert lived.count > 20
    assert lived.expired >= len(SHELLS)  # commands without network; a wait after these could hold back a session
