"""`panic` where AWS refuses a step, nobody can be asked, or something else is in the way: it goes on, and says so."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.index import Index, IndexEntry
from tests.aws.server import wait_for_calls
from tests.broker.background_command import BackgroundCommand
from tests.commands.terminal import open_terminal
from tests.revocation.team import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.devices import MfaDevice
    from tests.revocation.team import Team

PANIC = ("panic", "--yes")
CONSOLE = "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#"
ROLE = "  role deploy in 111122223333: older sessions: AWS refused"
FAR = "  role far in 444455556666: older sessions: AWS refused"
USER = "  user alice in 111122223333: older sessions: AWS refused"
KEY = "deactivation: AWS refused UpdateAccessKey for 'base': AccessDenied"
PAGES = {
    ROLE: f"{CONSOLE}/roles/details/deploy?section=revoke_sessions",
    FAR: f"{CONSOLE}/roles/details/far?section=revoke_sessions",
    USER: f"{CONSOLE}/users/details/alice",
    KEY: f"{CONSOLE}/users/details/alice?section=security_credentials",
}


@pytest.mark.parametrize(
    ("action", "owners", "not_done"),
    [
        pytest.param("AssumeRole", ["alice"], [FAR], id="the user may assume no role"),
        pytest.param("GetRolePolicy", ["alice", "deploy"], [], id="nobody may read a role's policy"),
        pytest.param("PutRolePolicy", ["deploy"], [], id="a role may not change itself, but the user may"),
        pytest.param("PutRolePolicy", ["alice"], [], id="the user may change no role, but a role itself"),
        pytest.param("PutRolePolicy", ["alice", "deploy"], [ROLE], id="nobody may change a role"),
        pytest.param("GetUserPolicy", ["alice"], [], id="nobody may read the user's policy"),
        pytest.param("PutUserPolicy", ["alice"], [USER], id="nobody may change the user"),
        pytest.param("UpdateAccessKey", ["alice"], [KEY], id="nobody may deactivate the key"),
        pytest.param("*", ["alice", "deploy"], [ROLE, FAR, USER, KEY], id="nothing is allowed"),
    ],
)
def test_a_permission_that_is_missing(team: Team, action: str, owners: list[str], not_done: list[str]) -> None:
    """The other steps are done, and each that was refused is named with the page of the console; also a second time."""
    programs = {ROLE: team.program("prod"), FAR: team.program("far"), USER: team.program("base")}
    team.run("clear")
    actions = ["AssumeRole", "PutRolePolicy", "PutUserPolicy", "UpdateAccessKey"] if action == "*" else [action]
    for owner in owners:
        (team.alice if owner == "alice" else team.deploy).deny.update(actions)
    for _ in range(2):
        done = team.run(*PANIC)
        assert done.returncode == (7 if not_done else 0), done.stdout
        refused = done.stdout.partition("Not done:\n")[2]
        assert [each in refused for each in (ROLE, FAR, USER, KEY)] == [
            each in not_done for each in (ROLE, FAR, USER, KEY)
        ], done.stdout
        assert [PAGES[each] in refused for each in not_done] == [True] * len(not_done)
        assert {what: each.works() for what, each in programs.items()} == {what: what in not_done for what in programs}
        assert team.is_active() == (KEY in not_done)
        assert "this machine: the sealed vault is locked" in done.stdout
        if KEY not in not_done:  # a second run cannot try again what was refused, and says so
            return


def test_the_key_that_stays_active_comes_with_the_command_for_an_administrator(team: Team) -> None:
    """An access key id is no secret."""
    team.alice.deny.add("UpdateAccessKey")
    done = team.run(*PANIC)
    command = f"aws iam update-access-key --user-name alice --access-key-id {team.key.id} --status Inactive"
    instead = (
        f"    instead: ask someone with iam:UpdateAccessKey for the user to run {command}, or to deactivate it there: "
    )
    assert instead in done.stdout


def test_a_second_run_does_not_claim_what_was_refused(team: Team) -> None:
    """The key is inactive by then, so nothing can be tried again: status 7 remains."""
    team.deploy.deny.add("PutRolePolicy")
    team.alice.deny.add("PutRolePolicy")
    assert team.run(*PANIC).returncode == 7
    team.deploy.deny.clear()
    done = team.run(*PANIC)
    assert done.returncode == 7
    refused = done.stdout.partition("Not done:\n")[2]
    assert "role deploy in 111122223333: older sessions: shellvault panic deactivated this access key before" in refused
    assert "user alice in 111122223333: sessions issued before" in done.stdout.partition("Not done:\n")[0]


def test_aws_that_does_not_answer(team: Team) -> None:
    """Status 8; what is done here is done, and the next run does the rest."""
    team.sandbox.aws.faults.next("drop", None)
    done = team.run(*PANIC)
    assert done.returncode == 8
    assert "this machine: the sealed vault is locked" in done.stdout
    assert team.is_active()
    team.sandbox.aws.faults.clear()
    assert team.run(*PANIC).returncode == 0
    assert not team.is_active()


@pytest.mark.parametrize("action", ["PutRolePolicy", "PutUserPolicy", "UpdateAccessKey"])
def test_an_answer_that_is_lost(team: Team, action: str) -> None:
    """A denial is asked for again while the key signs, and a key that no longer signs is inactive."""
    team.sandbox.aws.faults.next("truncate", action=action)
    done = team.run(*PANIC)
    assert done.returncode == 0, done.stdout
    assert team.run(*PANIC).returncode == 0
    assert not team.is_active()


def test_a_locked_vault(team: Team) -> None:
    """Without its passphrase no key can sign. Cached sessions still deny what they may."""
    program = team.program("prod")
    team.run("lock")
    done = team.run(*PANIC, SHELLVAULT_PASSPHRASE_FILE="")
    assert done.returncode in (5, 6), done.stdout
    assert "Not done:" in done.stdout
    assert (team.is_active(), program.works()) == (True, False)
    assert team.run(*PANIC).returncode == 0
    assert not team.is_active()


def test_a_key_pair_in_another_vault_is_named(team: Team) -> None:
    """It is not in the vault in use, so this run cannot reach it."""
    index = Index(str(team.sandbox.vault))
    index.put(IndexEntry("secret-service", "0" * 32, "WXYZ", "elsewhere"))
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active()) == (5, False)
    assert "  access key …WXYZ of 'elsewhere': it is in another vault: secret-service\n" in done.stdout
    assert "    instead: shellvault panic --backend secret-service elsewhere\n" in done.stdout


def test_a_profile_that_cannot_be_used_is_named(team: Team) -> None:
    """It may hide a role, so not all is done; the others are dealt with."""
    team.add_profile("broken", "arn:aws:iam::1:role/x", "base")
    team.add_profile("misspelt", "arn:aws:iam::111122223333:role/x", "bsae")
    team.sandbox.configure("\n[profile plain]\nregion = eu-west-1\n")
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active()) == (7, False)
    refused = done.stdout.partition("Not done:\n")[2]
    assert "profile 'broken': it was not looked at: role_arn of profile 'broken'" in refused
    assert "profile 'misspelt': it was not looked at: profile 'misspelt' names source_profile 'bsae'" in refused
    assert "instead: end the role's sessions in the IAM console" in refused
    assert "plain" not in done.stdout


def test_a_profile_whose_policy_is_gone(team: Team) -> None:
    """What narrows its sessions plays no part when they are ended."""
    team.world.role("narrow")
    team.add_profile("narrow", "arn:aws:iam::111122223333:role/narrow", "base", "session_policy = /nowhere.json\n")
    done = team.run(*PANIC)
    assert (done.returncode, "role narrow in 111122223333: sessions issued before" in done.stdout) == (0, True)


def test_a_home_that_cannot_be_written_to(team: Team, tmp_path: Path) -> None:
    """The record of the run cannot be kept, which is told; it goes on."""
    (team.sandbox.vault / "panic").mkdir()
    (team.sandbox.vault / "panic" / "x").touch()
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active()) == (0, False), done.stderr
    assert "a second run will not know what was done" in done.stderr
    assert tmp_path.exists()


def test_an_unknown_name(team: Team) -> None:
    """Nothing is done, not even for the others."""
    done = team.run("panic", "prod", "prd", "--yes")
    assert (done.returncode, team.calls(), team.is_active()) == (3, [], True)


def test_no_terminal_and_no_yes(team: Team) -> None:
    """Nobody is asked, so nothing is done."""
    done = team.run("panic", "prod")
    assert (done.returncode, team.calls(), done.stdout) == (6, [], "")
    assert done.stderr.endswith("hint: shellvault panic prod --yes\n")


@pytest.mark.parametrize("word", ["y", "no", "panic"])
def test_any_other_word_than_yes_does_nothing(team: Team, word: str) -> None:
    """The whole word is wanted, after what will happen."""
    team.program("prod")
    before = len(team.calls())
    with open_terminal(team.sandbox, [COMMAND, "panic"]) as terminal:
        terminal.expect("this deactivates access key ….... of 'base', and ends every session of its user")
        terminal.expect(r"it ends every session of role ops in 111122223333 \('over'\), role deploy")
        terminal.expect(r"Go on\? Type yes: ")
        terminal.type(word)
        assert terminal.wait_for_exit() == 2
        assert "nothing was done" in terminal.output
    assert (len(team.calls()), team.is_active()) == (before, True)
    assert "prod" in team.run("list", "--sessions").stdout


def test_ctrl_c_at_the_question_does_nothing(team: Team) -> None:
    """Status 130."""
    with open_terminal(team.sandbox, [COMMAND, "panic"]) as terminal:
        terminal.expect("Type yes: ")
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130
    assert (team.calls(), team.is_active()) == ([], True)


def test_ctrl_c_in_between_tells_what_was_done(team: Team) -> None:
    """And the same command continues."""
    team.sandbox.aws.faults.next("hang", action="PutUserPolicy")
    running = BackgroundCommand(team.sandbox, *PANIC)
    assert wait_for_calls(team.world, "PutUserPolicy", 1)
    running.send_signal(signal.SIGINT)
    ended = running.wait()
    assert ended.status == 130
    assert ended.out.startswith("Done:\n  role ops in 111122223333: sessions issued before ")
    assert ended.out.count("denied everything") == 3
    assert "error: interrupted: the rest was not done\nhint: shellvault panic continues from here\n" in ended.err
    assert team.is_active()
    assert team.run(*PANIC).returncode == 0
    assert not team.is_active()


def list_refused(shown: str) -> list[str]:
    """Return what is listed as not done, without the reasons."""
    lines = shown.partition("Not done:\n")[2].splitlines()
    return [line.strip().partition(": ")[0] for line in lines if line[:2] == "  " and line[2:3] != " "]


@pytest.fixture
def device(team: Team) -> MfaDevice:
    """Return alice's device; AWS wants its code for IAM, and for the role of `secure` and `safe`."""
    device = team.alice.mfa_device()
    team.alice.require_mfa_for_iam = True
    for name in ("secure", "safe"):
        role = team.world.role(name, require_mfa=True)
        team.add_profile(name, role.arn, "base", f"mfa_serial = {device.serial}\n")
    return device


def test_one_code_is_enough_where_iam_requires_mfa(team: Team, device: MfaDevice) -> None:
    """It is asked for once, before anything is denied. AWS takes no session without MFA, and no key alone, for IAM."""
    with open_terminal(team.sandbox, [COMMAND, "exec", "secure", "--json"]) as terminal:
        terminal.expect("code")
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0
    programs = [team.program(name) for name in ("secure", "prod")]
    team.run("clear")
    with open_terminal(team.sandbox, [COMMAND, "panic"]) as terminal:
        terminal.expect("Type yes: ")
        terminal.type("yes")
        terminal.expect("code")
        terminal.type(device.next_code())
        assert terminal.wait_for_exit() == 0, terminal.output
        assert terminal.output.count("MFA code") <= 1
    assert [each.works() for each in programs] == [False, False]
    assert not team.is_active()
    changes = [call[0] for call in team.calls("PutUserPolicy", "UpdateAccessKey") if call[2] == "ok"]
    assert changes == ["PutUserPolicy", "UpdateAccessKey", "PutUserPolicy"]
    assert team.run(*PANIC).returncode == 0


def test_without_a_code_the_rest_is_done(team: Team, device: MfaDevice) -> None:
    """Roles without MFA are dealt with; what needs it is named, and why."""
    done = team.run(*PANIC)
    assert (done.returncode, team.is_active()) == (7, True)
    refused = done.stdout.partition("Not done:\n")[2]
    assert f"needs an MFA code for {device.serial}" in refused or "there is no terminal to ask on" in refused
    assert "role secure in 111122223333: older sessions:" in refused
    deactivation = next(line for line in refused.splitlines() if ": deactivation: " in line)
    assert "AWS refused UpdateAccessKey for 'base': AccessDenied" in deactivation
    assert f"profile 'base' needs an MFA code for {device.serial}" in deactivation
    assert team.policy(team.deploy.arn)


@pytest.mark.parametrize("kind", ["hang", "swallow"])
@pytest.mark.parametrize("action", ["PutRolePolicy", "PutUserPolicy", "UpdateAccessKey"])
def test_a_killed_run_with_mfa_is_finished_by_a_second_one(
    team: Team, device: MfaDevice, action: str, kind: str
) -> None:
    """Before AWS has done a step, and before the run hears that AWS has."""
    team.sandbox.aws.faults.next(kind, action=action)
    running = BackgroundCommand(team.sandbox, *PANIC, "--mfa-token", device.next_code())
    assert wait_for_calls(team.world, action, 1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = team.run(*PANIC, "--mfa-token", device.next_code())
    assert (done.returncode, list_refused(done.stdout)) == (0, []), done.stdout
    assert not team.is_active()
    assert team.moment(team.alice.arn)


@pytest.mark.parametrize("kind", ["hang", "swallow"])
def test_a_run_with_mfa_that_is_killed_at_its_last_denial(team: Team, device: MfaDevice, kind: str) -> None:
    """The key is inactive by then. The MFA session in the cache outlives it, unless it is denied everything, too."""
    faults = team.sandbox.aws.faults
    faults.latency = 0.2
    running = BackgroundCommand(team.sandbox, *PANIC, "--mfa-token", device.next_code())
    assert wait_for_calls(team.world, "UpdateAccessKey", 1)
    faults.next(kind, action="PutUserPolicy")
    faults.latency = 0
    assert wait_for_calls(team.world, "PutUserPolicy", 2)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not team.is_active()
    first = team.moment(team.alice.arn)
    done = team.run(*PANIC, "--mfa-token", device.next_code())
    assert (done.returncode, list_refused(done.stdout)) == (0, []), done.stdout
    assert f"user alice in 111122223333: sessions issued before {team.moment(team.alice.arn)} are denied" in done.stdout
    assert (team.moment(team.alice.arn) > first) == (kind == "hang")


@pytest.mark.parametrize("via", ["option", "role", "neither"])
def test_a_key_of_another_partition_without_a_region(team: Team, via: str) -> None:
    """The roles over it or the option tell the partition; without them, it is not counted as done."""
    key = team.world.user("gov", "777788889999", "aws-us-gov").access_key()
    team.sandbox.add("gov", key)
    team.sandbox.env.pop("AWS_REGION", None)
    if via == "role":
        role = team.world.role("inner", "777788889999", partition="aws-us-gov")
        team.sandbox.configure(f"\n[profile inner]\nrole_arn = {role.arn}\nsource_profile = gov\n")
    done = team.run("panic", "gov", "--yes", *(["--region", "us-gov-east-1"] if via == "option" else []))
    if via == "neither":
        assert (done.returncode, team.is_active(key)) == (7, True)
    else:
        assert (done.returncode, team.is_active(key)) == (0, False), done.stdout


def test_a_key_that_aws_does_not_know_and_that_has_no_region(team: Team) -> None:
    """It may be of another partition, so the option is named beside the console."""
    credential = team.world.credential(team.key.id)
    assert credential is not None
    team.world.keys.add(credential.replace(active=False))
    team.sandbox.config.write_text("")
    done = team.run(*PANIC)
    assert done.returncode == 7
    assert (
        "instead: if it is of AWS GovCloud or China, run it again with --region and a region there; or " in done.stdout
    )
