"""An agent that has not called AWS for a while frees its memory by restarting itself, and no client notices."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shellvault.agent.life import Sweeper
from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    import pytest

    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
QUICK = {"mintless": 1.5, "longest_sleep": 0.2}
SMALL, LARGE = 20 * 1024, 40 * 1024  # KiB
OPEN_FILES = 7  # of an agent that nobody asks: three streams, the lock, the socket, and a pair that wakes its loop


def ask(agents: AgentSandbox) -> dict[str, Any]:
    """Return what `agent --json` prints."""
    found: dict[str, Any] = json.loads(agents.run("agent", "--json").stdout)
    return found


def count_files(pid: int) -> int:
    """Return how many open files a process has."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_it_shrinks_and_is_otherwise_unchanged(reader: AgentSandbox) -> None:
    """Process id, start time, renewals, working folder and protection from other programs stay the same."""
    pid = reader.start_hasty(**QUICK)
    assert reader.run(*ENV).returncode == 0
    large = ask(reader)
    assert large["memory_kib"] > LARGE
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
    small = ask(reader)
    assert {**small, "memory_kib": 0} == {**large, "memory_kib": 0, "pid": pid}
    assert small["renews"] == ["reader"]
    assert Path(f"/proc/{pid}/mem").stat().st_uid == 0
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    wait_until(lambda: count_files(pid) == OPEN_FILES)


def test_commands_leave_no_memory_behind(reader: AgentSandbox) -> None:
    """Two large config files take turns, so that each command reads one; sixty of them would leave over 100 MiB."""
    reader.start()
    config = reader.sandbox.config.read_text()
    files = [reader.sandbox.home / name for name in ("one", "two")]
    for file in files:
        file.write_text(config + "".join(f"[profile {file.name}{number}]\noutput = x\n" for number in range(10_000)))
    found = [reader.run(*ENV, AWS_CONFIG_FILE=str(file)).returncode for file in files * 2]
    before = ask(reader)["memory_kib"]
    found += [reader.run(*ENV, AWS_CONFIG_FILE=str(file)).returncode for file in files * 30]
    assert set(found) == {0}
    assert ask(reader)["memory_kib"] < before + LARGE


def test_no_client_notices_that_it_shrinks(reader: AgentSandbox) -> None:
    """Commands that follow each other without a pause are all answered, and AWS is called only once."""
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV).returncode == 0
    end = time.monotonic() + 5
    while time.monotonic() < end:
        done = reader.run(*ENV)
        assert (done.returncode, done.stderr) == (0, "")
    assert ask(reader)["memory_kib"] < SMALL
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


def test_it_can_shrink_again_and_again(reader: AgentSandbox) -> None:
    """Each time it has one socket, one lock, and no more open files than before."""
    pid = reader.start_hasty(**QUICK)
    for _ in range(3):
        assert reader.run(*ENV, "--fresh").returncode == 0
        assert ask(reader)["memory_kib"] > LARGE
        wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
        wait_until(lambda: count_files(pid) == OPEN_FILES)
    assert reader.run("agent", "start").stdout == "The agent is already running.\n"
    assert reader.run("agent", "stop").returncode == 0
    wait_until(lambda: not reader.pids())
    assert list(reader.folder.iterdir()) == []


def test_it_continues_renewals_after_shrinking(reader: AgentSandbox) -> None:
    """They run with the environment and folder of the shell that the session is for."""
    reader.sandbox.aws.world.session_life = 16
    (reader.sandbox.home / "aws").mkdir()
    reader.sandbox.config.rename(reader.sandbox.home / "aws" / "config")
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV, AWS_CONFIG_FILE="aws/config").returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
    assert reader.sandbox.aws.world.count("AssumeRole") == 1
    wait_until(lambda: reader.sandbox.aws.world.count("AssumeRole") == 2)


def test_an_agent_with_a_passphrase_does_not_shrink(reader: AgentSandbox, tmp_path: Path) -> None:
    """While it restarts, another program could read the passphrase for a moment."""
    passphrase = (tmp_path / "passphrase").read_text().strip()
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV, SHELLVAULT_PASSPHRASE=passphrase).returncode == 0
    time.sleep(3)
    assert ask(reader)["memory_kib"] > LARGE
    assert reader.run("clear").returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)


def test_an_agent_that_keeps_secrets_does_not_shrink(reader: AgentSandbox) -> None:
    """This is the case without a kernel keyring; once `clear` and `lock` have emptied it, it shrinks."""
    reader.sandbox.purge()
    reader.start_hasty_without_kernel_keyring(**QUICK)
    assert reader.run(*ENV).returncode == 0
    time.sleep(3)
    found = ask(reader)
    assert (found["keeps"], found["memory_kib"] > LARGE) == ("its own memory", True)
    for verb in ("clear", "lock"):
        assert reader.run_without_kernel_keyring(verb).returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)


def test_what_commands_have_loaded_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a command that asked AWS, collecting garbage takes longer, so a busy agent puts it off."""
    sweeper = Sweeper()
    monkeypatch.setattr(gc, "collect", lambda: None)  # of all that this process has loaded
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(len(sys.modules)))

    def run_command(*, is_busy: bool) -> None:
        for _ in range(200):
            sweeper.note_command()
        sweeper.sweep(is_busy=is_busy, is_idle=True)

    run_command(is_busy=False)
    monkeypatch.setitem(sys.modules, "a_further_module", sys)
    run_command(is_busy=True)
    assert frozen == []
    run_command(is_busy=False)
    run_command(is_busy=False)
    assert len(frozen) == 1
