"""Simulates weeks of work, sleep, travel and outages in three shells, in a few minutes, on a clock of its own.

A command that runs with an expired session although AWS is reachable is a fault. `python -m tests.hook.simulated_life
[DAYS] [SEED]` lives through DAYS days and prints each fault.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.server import AwsServer
from tests.hook.live_shell import SHELLS, start_shell
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hook.live_shell import LiveShell

MINUTE, HOUR, DAY = 60, 3600, 86400
_NOW = "now"
"""The file in the home folder that holds the current time."""
PROGRAM = """#!{python}
import os, time
from pathlib import Path
(Path.home() / "busy" / str(os.getpid())).touch()
now = int((Path.home() / "now").read_text())
time.time = lambda: float(now)
import datetime, botocore.compat
moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
botocore.compat.get_current_datetime = lambda remove_tzinfo=True: moment.replace(tzinfo=None)
import botocore.auth
botocore.auth.get_current_datetime = botocore.compat.get_current_datetime
from shellvault.__main__ import main
main()
"""
"""shellvault on that clock. It reports its process id, so that the clock stands still while it runs."""
CLOCKS = {
    "bash": "__shellvault_program=(~/on-this-clock); __shellvault_clock() { read -r __shellvault_now <~/now; }; "
    "unset EPOCHSECONDS; EPOCHSECONDS='life[life_now=$(<~/now)] * 0 + life_now'",
    "zsh": '__shellvault_program=(~/on-this-clock); __shellvault_clock() { typeset -gi __shellvault_now="$(<~/now)" }',
    "fish": "set -g __shellvault_program ~/on-this-clock; "
    "function __shellvault_clock; builtin read -g __shellvault_now <~/now; end; set -g __shellvault_written 0",
}
"""Puts a shell on that clock. In bash arithmetic, EPOCHSECONDS is evaluated recursively, which reads the file."""


class Moment(Record):
    """A command, its shell, the seconds since the previous one, whether AWS is reachable, and whether `use` is run."""

    shell: str
    after: int
    reachable: bool
    enters: bool = False


class Commands(Record):
    """The outcome of a life: how many commands ran, how many with an expired session, and the faults among those."""

    count: int
    expired: int
    faults: tuple[str, ...]


def plan_life(days: int, seed: int) -> Iterator[Moment]:
    """Return the commands of this many days: spells of work, breaks, travel without network, nights and weekends."""
    chance = random.Random(seed)  # noqa: S311 - the same seed gives the same sequence
    for shell in SHELLS:
        yield Moment(shell, 5, reachable=True, enters=True)
    for day in range(days):
        if day % 7 in (5, 6):
            yield Moment(chance.choice(SHELLS), DAY, reachable=True)
            continue
        for _ in range(chance.randint(3, 6)):
            yield from _plan_spell(chance)
        yield Moment(chance.choice(SHELLS), chance.randint(8 * HOUR, 14 * HOUR), reachable=True)


def _plan_spell(chance: random.Random) -> Iterator[Moment]:
    """Return a spell of work, which may begin before the network is up, or lose it."""
    late = chance.random() < 0.4
    outage = chance.randint(0, 8) if chance.random() < 0.3 else 99
    for number in range(chance.randint(4, 12)):
        pause = chance.choice((5, 20, MINUTE, 4 * MINUTE, 20 * MINUTE, 50 * MINUTE if number else 3 * HOUR))
        reachable = not (late and number < 2) and not outage <= number < outage + 2
        yield Moment(chance.choice(SHELLS), pause, reachable=reachable)


def live(sandbox: Sandbox, days: int, seed: int) -> Commands:
    """Live for this many days, in an empty sandbox."""
    count = expired = 0
    faults: list[str] = []
    now = int(time.time())
    _prepare(sandbox, now)
    with ExitStack() as stack:
        shells = {name: stack.enter_context(start_shell(sandbox, name)) for name in SHELLS}
        for name, shell in shells.items():
            shell.run(CLOCKS[name])
        for moment in plan_life(days, seed):
            now += moment.after
            _set_time(sandbox, now)
            sandbox.aws.faults.clear()
            if not moment.reachable:
                sandbox.aws.faults.next("drop", times=None)
            if moment.enters:
                shells[moment.shell].run("shellvault use me")
                continue
            count += 1
            if _read_expiry(shells[moment.shell]) <= now:
                expired += 1
                if moment.reachable:
                    faults.append(f"command {count}, {moment.shell}, {moment.after} s after the one before")
            _wait_for_renewals(sandbox)
    return Commands(count=count, expired=expired, faults=tuple(faults))


def _prepare(sandbox: Sandbox, now: int) -> None:
    sandbox.add("me", sandbox.aws.world.user("me").access_key())
    (sandbox.home / "busy").mkdir()
    program = sandbox.home / "on-this-clock"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o700)
    _set_time(sandbox, now)


def _set_time(sandbox: Sandbox, now: int) -> None:
    (sandbox.home / _NOW).write_text(f"{now}\n")
    sandbox.aws.world.clock_skew = now - time.time()


def _read_expiry(shell: LiveShell) -> int:
    """Return the expiry of the session that a program sees if it is started by a typed command."""
    return int(shell.run("""sh -c 'echo "=$SHELLVAULT_EXPIRES_AT"'""").rpartition("=")[2] or 0)


def _wait_for_renewals(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + 30
    for process in (sandbox.home / "busy").iterdir():
        while Path("/proc", process.name).exists():
            assert time.monotonic() < deadline, "a renewal did not end"
            time.sleep(0.01)
        process.unlink()


def main() -> None:
    """Live, and print what happened."""
    days, seed = (*map(int, sys.argv[1:]), *(35, 1)[len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory(prefix="shellvault-life-") as folder, AwsServer() as aws:
        sandbox = Sandbox(Path(folder), aws)
        lived = live(sandbox, days, seed)
        sandbox.purge()
    sys.stdout.write("".join(f"{fault}\n" for fault in lived.faults))
    sys.stdout.write(
        f"{lived.count} commands, {lived.expired} with an expired session, "
        f"{len(lived.faults)} of them while AWS was reachable\n"
    )
    sys.exit(bool(lived.faults))


if __name__ == "__main__":
    main()
