"""Concurrent shells: however many need a session, AWS is called once and the user is prompted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect

from tests.broker.background_command import BackgroundCommand, count_distinct, list_lock_files, run_concurrently
from tests.sandbox import TIME_LIMIT
from tests.shells.real_shells import SHELLS

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser

ADMIN = ("env", "admin", "--shell", "bash")
OPS = ("env", "ops", "--shell", "bash")
FIFTY = 50


def test_fifty_shells_share_one_session_and_one_mfa_code(user: MfaUser) -> None:
    """Cold cache, role with MFA: one GetSessionToken, one AssumeRole, one prompt, fifty identical outputs."""
    user.prompter.answer(user.device.next_code())
    outcomes = run_concurrently(user.sandbox, FIFTY, *ADMIN)
    world = user.sandbox.aws.world
    assert [outcome.status for outcome in outcomes] == [0] * FIFTY
    assert count_distinct(outcome.out for outcome in outcomes) == 1
    assert (world.count("GetSessionToken"), world.count("AssumeRole"), user.prompter.prompt_count) == (1, 1, 1)
    assert list_lock_files(user.sandbox) == []


def test_two_roles_share_one_mfa_code(user: MfaUser) -> None:
    """Two roles on one MFA session need one code and get a session each."""
    user.prompter.answer(user.device.next_code())
    started = [BackgroundCommand(user.sandbox, *words) for _ in range(5) for words in (ADMIN, OPS)]
    outcomes = [running.wait() for running in started]
    world = user.sandbox.aws.world
    assert [outcome.status for outcome in outcomes] == [0] * 10
    assert [count_distinct(outcome.out for outcome in outcomes[role::2]) for role in (0, 1)] == [1, 1]
    assert (world.count("GetSessionToken"), world.count("AssumeRole"), user.prompter.prompt_count) == (1, 2, 1)


def test_fifty_shells_on_one_terminal_prompt_once(user: MfaUser) -> None:
    """Of fifty commands on a real terminal only one prompts, and the answer serves all."""
    user.sandbox.config.write_text(user.sandbox.config.read_text().replace("mfa_process", "# mfa_process"))
    script = f"for i in {{1..{FIFTY}}}; do shellvault {' '.join(ADMIN)} >out.$i 2>err.$i & done; wait; echo all done"
    terminal = _spawn_terminal(user, script)
    terminal.expect_exact(f"MFA code for base ({user.device.serial}): ")
    terminal.sendline(user.device.next_code())
    terminal.expect_exact("all done")
    assert b"MFA code" not in terminal.before
    outputs = [path.read_bytes() for path in user.sandbox.home.glob("out.*")]
    assert (len(outputs), count_distinct(outputs), b"false\n" in outputs) == (FIFTY, 1, False)
    world = user.sandbox.aws.world
    assert (world.count("GetSessionToken"), world.count("AssumeRole")) == (1, 1)


def _spawn_terminal(user: MfaUser, script: str) -> pexpect.spawn[bytes]:
    """Run a bash script in a pseudo-terminal, with its jobs in the foreground as in any script."""
    shell, *options = SHELLS["bash"]
    sandbox = user.sandbox
    return pexpect.spawn(shell, [*options, "-c", script], env=sandbox.env, cwd=sandbox.home, timeout=TIME_LIMIT)
