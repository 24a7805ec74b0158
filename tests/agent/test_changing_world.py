"""The vault, config file, disk or AWS changes while an agent runs: commands see the current state."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.channel import ClientNeededError
from shellvault.agent.renewals import USED_FOR, Renewals
from shellvault.agent.runner import NoTerminal
from shellvault.cli import read_settings
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.own_process import OwnProcess
from shellvault.request import Request
from tests.agent.agent_sandbox import wait_until
from tests.agent.two_clocks import NOON, TwoClocks
from tests.core.sample_settings import make_settings
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    import subprocess
    from typing import NoReturn

    from shellvault.settings import Settings
    from tests.agent.agent_sandbox import AgentSandbox

ENV = ("env", "reader", "--shell", "bash")
FULL = """
mount --make-rprivate /
for folder in "$@"; do
  mkdir -p "$folder"
  mount -t tmpfs -o size=4k,nr_inodes=2,mode=700 tmpfs "$folder"
  head -c 9999 /dev/zero >"$folder/full" 2>/dev/null
done
"""
"""Mounts a full disk over each folder, for the rest of a script."""


def run_with_own_mounts(agents: AgentSandbox, script: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in its own mount namespace."""
    argv = ["unshare", "-m", "bash", "-c", script, "bash", *map(str, folders)]
    return agents.sandbox.command(argv, SHELLVAULT=SHELLVAULT)


def test_changes_of_a_key_pair_are_seen_at_once(agents: AgentSandbox) -> None:
    """The key pair is added, replaced, rotated and removed while the agent runs."""
    agents.start()
    world, words = agents.sandbox.aws.world, ("exec", "new", "--no-session", "--json")
    assert agents.run(*words).returncode != 0
    first, second = world.user("alice").access_key(), world.user("bob").access_key()
    agents.sandbox.add("new", first)
    assert first.id in agents.run(*words).stdout
    agents.sandbox.add("new", second)
    assert second.id in agents.run(*words).stdout
    assert agents.run("rotate", "new").returncode == 0
    rotated = agents.run(*words).stdout
    assert first.id not in rotated
    assert second.id not in rotated
    assert agents.run("env", "new", "--shell", "bash").returncode == 0
    assert agents.run("remove", "new", "--force").returncode == 0
    done = agents.run("env", "new", "--shell", "bash")
    assert (done.returncode, done.stdout) in ((3, "false\n"), (4, "false\n"))


def test_a_vault_can_be_moved_away_and_back(reader: AgentSandbox) -> None:
    """This happens when a home folder is restored from a backup."""
    reader.start()
    assert reader.run(*ENV).returncode == 0
    aside = reader.sandbox.vault.with_name("aside")
    reader.sandbox.vault.rename(aside)
    assert reader.run(*ENV).returncode == reader.run(*ENV, SHELLVAULT_AGENT="off").returncode != 0
    aside.rename(reader.sandbox.vault)
    assert reader.run(*ENV).returncode == 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("config", ("env", "reader", "--shell", "bash")),
        ("config", ("__complete", "fish", "exec", "r")),
        ("index", ("list",)),
        ("status file", ("env", "reader", "--shell", "bash")),
    ],
)
def test_a_folder_in_a_files_place_uses_up_nothing(reader: AgentSandbox, file: str, words: tuple[str, ...]) -> None:
    """A container tool makes a folder where the file that it should mount is missing."""
    assert reader.run("env", "reader", "--shell", "bash").returncode == 0
    stamps = list((reader.sandbox.vault / "stamps").iterdir())
    places = {"config": reader.sandbox.config, "index": reader.sandbox.vault / "index", "status file": stamps[0]}
    places[file].unlink()
    places[file].mkdir()
    files = Path(f"/proc/{reader.start()}/fd")
    for _ in range(2):
        reader.run(*words)
    before = len(list(files.iterdir()))
    for _ in range(5):
        reader.run(*words)
    wait_until(lambda: len(list(files.iterdir())) <= before)


def test_a_role_that_one_shell_chose_is_not_shown_to_another(reader: AgentSandbox) -> None:
    """It has a name of its own, which is in no file."""
    reader.sandbox.configure("[profile over]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = 123456789012/dev\n")
    via = {"SHELLVAULT_VIA": "role-arn=arn:aws:iam::123456789012:role/dev profile=base"}
    reader.start()
    for extra in (via, {}, via):
        here, there = (
            reader.run("list", "--json", SHELLVAULT_AGENT="off", **extra),
            reader.run("list", "--json", **extra),
        )
        assert (there.returncode, there.stdout) == (0, here.stdout)


def test_a_locked_vault_is_locked_in_the_agent(reader: AgentSandbox) -> None:
    """The agent itself keeps no vault open."""
    reader.start()
    assert reader.run(*ENV).returncode == 0
    reader.sandbox.env.pop("SHELLVAULT_PASSPHRASE_FILE")
    assert reader.run(*ENV, "--fresh").returncode == 0
    assert reader.run("lock").returncode == 0
    done = reader.run(*ENV, "--fresh")
    assert (done.returncode, done.stdout) == (5, "false\n")


def test_no_agent_starts_on_a_full_disk(reader: AgentSandbox) -> None:
    """`agent start` says so, and commands work without it."""
    script = f'{FULL}"$SHELLVAULT" agent start; "$SHELLVAULT" env reader --shell bash'
    done = run_with_own_mounts(reader, script, reader.folder.parent)
    assert (done.returncode, "AWS_SESSION_TOKEN" in done.stdout) == (0, True), done.stderr
    assert "does not start" in done.stderr


def test_commands_work_after_the_disk_has_become_full(reader: AgentSandbox) -> None:
    """Locks and status files can no longer be written, but sessions are still obtained and renewed."""
    script = f'"$SHELLVAULT" agent start; {FULL}"$SHELLVAULT" env reader --shell bash; "$SHELLVAULT" agent'
    done = run_with_own_mounts(reader, script, reader.sandbox.vault / "locks", reader.sandbox.vault / "stamps")
    assert (done.returncode, "AWS_SESSION_TOKEN" in done.stdout) == (0, True), done.stderr
    assert "renews     reader" in done.stdout


def test_commands_notice_when_aws_goes_away_and_comes_back(reader: AgentSandbox) -> None:
    """Every command gets AWS's current state; the agent does not repeat an earlier answer."""
    reader.start()
    reader.sandbox.aws.faults.next("drop", None)
    for _ in range(2):
        assert reader.run(*ENV).returncode == 8
    reader.sandbox.aws.faults.clear()
    assert reader.run(*ENV).returncode == 0


def test_renewals_end_an_hour_after_the_last_request_whatever_the_clock_says() -> None:
    """Setting the clock back does not prolong them; setting it forward past the expiry ends them."""
    clocks = TwoClocks()
    renewals, host = Renewals(NoTerminal(), clocks.wall, clocks.since_boot), OwnProcess()
    request = Request(("env", "dev"), {}, "/", NoTerminal(), host)
    session = Session("ASIA", Secret("secret"), Secret("token"), NOON + 12 * 3600, refresh_at=NOON + 11 * 3600)

    def note() -> None:
        renewals.note(request, make_settings({"HOME": "/nowhere"}), ("dev", ""), "identity", session)

    note()
    clocks.set_wall(NOON - 24 * 3600)
    clocks.pass_time(USED_FOR - 1, wall=False)
    assert renewals.profiles() == ["dev"]
    clocks.pass_time(2, wall=False)
    assert renewals.profiles() == []
    note()
    clocks.set_wall(NOON + 24 * 3600)
    assert (renewals.profiles(), renewals.take_due()) == ([], [])


def test_another_request_does_not_make_a_failed_renewal_due_again() -> None:
    """Otherwise each prompt would cause another call while AWS is unreachable."""
    clocks = TwoClocks()
    renewals = Renewals(NoTerminal(), clocks.wall, clocks.since_boot)
    request = Request(("env", "dev"), {}, "/", NoTerminal(), OwnProcess())
    session = Session("ASIA", Secret("secret"), Secret("token"), NOON + 900, refresh_at=NOON - 1)
    settings = make_settings({"HOME": "/nowhere"})
    renewals.note(request, settings, ("dev", ""), "identity", session)
    assert len(renewals.take_due()) == 1
    renewals.note(request, settings, ("dev", ""), "identity", session)
    assert renewals.take_due() == []
    renewals.note(request, settings, ("dev", ""), "another", session)
    assert len(renewals.take_due()) == 1


def test_no_renewal_uses_the_code_of_the_request_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS accepts each once. The agent keeps none, and ignores the one in the words that it hands over."""
    clocks, host, used = TwoClocks(), OwnProcess(), []

    def open_app(_request: Request, settings: Settings) -> NoReturn:
        used.append((settings.mfa_token, settings.no_input))
        raise ClientNeededError

    monkeypatch.setattr("shellvault.agent.renewals.App", open_app)
    first, second = (Renewals(NoTerminal(), clocks.wall, clocks.since_boot) for _ in range(2))
    request = Request(("env", "dev", "--mfa-token", "123456"), {"HOME": "/nowhere"}, "/", NoTerminal(), host)
    session = Session("ASIA", Secret("secret"), Secret("token"), NOON + 900, refresh_at=NOON - 1)
    settings = read_settings(request)
    assert settings.mfa_token == "123456"
    first.note(request, settings, ("dev", ""), "identity", session)
    assert [renewal.settings.mfa_token for renewal in first.take_due()] == [""]
    second.restore(json.loads(json.dumps(first.describe())), host)
    for renewals in (first, second):
        clocks.pass_time(120)
        (due,) = renewals.take_due()
        with pytest.raises(ClientNeededError):
            renewals.renew(due)
    assert used == [("", True)] * 2


def test_an_idle_agent_exits_and_leaves_no_file(reader: AgentSandbox) -> None:
    """It is idle if it keeps nothing, renews nothing and gets no requests."""
    pid = reader.start_hasty(idle=1, longest_sleep=0.2)
    assert reader.run("list").returncode == 0
    time.sleep(0.5)
    assert reader.pid() == pid
    wait_until(lambda: not reader.pids())
    assert os.listdir(reader.folder) == []  # noqa: PTH208


def test_an_agent_with_sessions_to_renew_keeps_running(reader: AgentSandbox) -> None:
    """It exits once those sessions have been cleared."""
    pid = reader.start_hasty(idle=1, longest_sleep=0.2)
    assert reader.run(*ENV).returncode == 0
    time.sleep(3)
    assert reader.pid() == pid
    assert reader.run("clear").returncode == 0
    wait_until(lambda: not reader.pids())
