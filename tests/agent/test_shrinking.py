"""An agent that has not asked AWS for a while becomes small again, and nobody notices."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.agent.agent_sandbox import wait_until

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
QUICK = {"mintless": 1.5, "longest_sleep": 0.2}
SMALL, LARGE = 20 * 1024, 40 * 1024  # KiB


def ask(agents: AgentSandbox) -> dict[str, Any]:
    """Return what the agent tells of itself."""
    found: dict[str, Any] = json.loads(agents.run("agent", "--json").stdout)
    return found


def count_files(pid: int) -> int:
    """Return how many files a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_it_is_small_again_and_still_the_same(reader: AgentSandbox) -> None:
    """The process, what it renews and since when it runs stay; so do its folder and its protection."""
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
    assert count_files(pid) < 12


def test_no_client_notices(reader: AgentSandbox) -> None:
    """While commands come without a pause, each is answered, and AWS is asked once."""
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV).returncode == 0
    end = time.monotonic() + 5
    while time.monotonic() < end:
        done = reader.run(*ENV)
        assert (done.returncode, done.stderr) == (0, "")
    assert ask(reader)["memory_kib"] < SMALL
    assert reader.sandbox.aws.world.count("AssumeRole") == 1


def test_it_can_do_so_again_and_again(reader: AgentSandbox) -> None:
    """Each time with one socket, one lock and no more open files than before."""
    pid = reader.start_hasty(**QUICK)
    counts = set()
    for _ in range(3):
        assert reader.run(*ENV, "--fresh").returncode == 0
        assert ask(reader)["memory_kib"] > LARGE
        wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
        wait_until(lambda: count_files(pid) < 9)
        counts.add(count_files(pid))
    assert len(counts) == 1
    assert reader.run("agent", "start").stdout == "The agent is already running.\n"
    assert reader.run("agent", "stop").returncode == 0
    wait_until(lambda: not reader.pids())
    assert list(reader.folder.iterdir()) == []


def test_a_small_agent_renews_what_the_large_one_did(reader: AgentSandbox) -> None:
    """In the environment and the folder of the shell that asked for it."""
    reader.sandbox.aws.world.session_life = 16
    (reader.sandbox.home / "aws").mkdir()
    reader.sandbox.config.rename(reader.sandbox.home / "aws" / "config")
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV, AWS_CONFIG_FILE="aws/config").returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
    assert reader.sandbox.aws.world.count("AssumeRole") == 1
    wait_until(lambda: reader.sandbox.aws.world.count("AssumeRole") == 2)


def test_a_passphrase_never_goes_through_it(reader: AgentSandbox, tmp_path: Path) -> None:
    """For a moment, another program could read it; so the agent stays large."""
    passphrase = (tmp_path / "passphrase").read_text().strip()
    reader.start_hasty(**QUICK)
    assert reader.run(*ENV, SHELLVAULT_PASSPHRASE=passphrase).returncode == 0
    time.sleep(3)
    assert ask(reader)["memory_kib"] > LARGE
    assert reader.run("clear").returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)


def test_nor_do_secrets_that_it_keeps(reader: AgentSandbox) -> None:
    """Where there is no kernel keyring."""
    reader.sandbox.purge()
    reader.start_hasty_without_kernel_keyring(**QUICK)
    assert reader.run(*ENV).returncode == 0
    time.sleep(3)
    found = ask(reader)
    assert (found["keeps"], found["memory_kib"] > LARGE) == ("its own memory", True)
    for verb in ("clear", "lock"):
        assert reader.run_without_kernel_keyring(verb).returncode == 0
    wait_until(lambda: ask(reader)["memory_kib"] < SMALL)
