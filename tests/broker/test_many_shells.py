"""Many shells that want a session at the same moment: AWS and the person are asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect

from tests.broker.running import Running, at_once, distinct, lock_files
from tests.sandbox import TIME_LIMIT
from tests.shells.run import SHELLS

if TYPE_CHECKING:
    from tests.broker.conftest import Person

ADMIN = ("env", "admin", "--shell", "bash")
OPS = ("env", "ops", "--shell", "bash")
FIFTY = 50


def test_fifty_shells_share_one_session_and_one_code(person: Person) -> None:
    """A cold cache, a role with MFA: one GetSessionToken, one AssumeRole, one question, fifty equal outputs."""
    person.questions.give(person.device.next_code())
    outcomes = at_once(person.sandbox, FIFTY, *ADMIN)
    world = person.sandbox.aws.world
    assert [outcome.status for outcome in outcomes] == [0] * FIFTY
    assert distinct(outcome.out for outcome in outcomes) == 1
    assert (world.count("GetSessionToken"), world.count("AssumeRole"), person.questions.asked) == (1, 1, 1)
    assert lock_files(person.sandbox) == []


def test_two_roles_at_once_share_one_code(person: Person) -> None:
    """Two roles over one MFA session: one code for both, and a session for each."""
    person.questions.give(person.device.next_code())
    started = [Running(person.sandbox, *words) for _ in range(5) for words in (ADMIN, OPS)]
    outcomes = [running.outcome() for running in started]
    world = person.sandbox.aws.world
    assert [outcome.status for outcome in outcomes] == [0] * 10
    assert [distinct(outcome.out for outcome in outcomes[role::2]) for role in (0, 1)] == [1, 1]
    assert (world.count("GetSessionToken"), world.count("AssumeRole"), person.questions.asked) == (1, 2, 1)


def test_fifty_shells_on_one_terminal_ask_one_question(person: Person) -> None:
    """Asked on a real terminal, one of fifty asks; the answer serves all."""
    person.sandbox.config.write_text(person.sandbox.config.read_text().replace("mfa_process", "# mfa_process"))
    script = f"for i in {{1..{FIFTY}}}; do shellvault {' '.join(ADMIN)} >out.$i 2>err.$i & done; wait; echo all done"
    terminal = _terminal(person, script)
    terminal.expect_exact(f"MFA code for base ({person.device.serial}): ")
    terminal.sendline(person.device.next_code())
    terminal.expect_exact("all done")
    assert b"MFA code" not in terminal.before
    outputs = [path.read_bytes() for path in person.sandbox.home.glob("out.*")]
    assert (len(outputs), distinct(outputs), b"false\n" in outputs) == (FIFTY, 1, False)
    world = person.sandbox.aws.world
    assert (world.count("GetSessionToken"), world.count("AssumeRole")) == (1, 1)


def _terminal(person: Person, script: str) -> pexpect.spawn[bytes]:
    """Run a bash script in a pseudo-terminal, its jobs in the foreground as they are in a script."""
    shell, *options = SHELLS["bash"]
    sandbox = person.sandbox
    return pexpect.spawn(shell, [*options, "-c", script], env=sandbox.env, cwd=sandbox.home, timeout=TIME_LIMIT)
