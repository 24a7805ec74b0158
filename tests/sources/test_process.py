"""`credential_process` as a source: strict about what it prints, and no shell in between."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.house import SHELLVAULT, exported
from tests.sources.programs import LATER, Program, document, printing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import AccessKey
    from tests.house import House

ENV = ("env", "tool", "--shell", "bash")


@pytest.fixture
def key(house: House) -> AccessKey:
    """Return a key pair that AWS knows and the vault does not."""
    return house.aws.world.user().access_key()


def state(pid: str) -> str:
    """Return a process's state as ps says it, or the empty string where there is none."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def profile(house: House, command: str, more: str = "") -> None:
    """Write the profile `tool`."""
    house.configure(f"[profile tool]\ncredential_process = {command}\n{more}")


def test_the_session_that_a_program_prints_is_put_into_the_shell(house: House, key: AccessKey, tmp_path: Path) -> None:
    """It is asked once, and its session serves until it ends."""
    program = printing(tmp_path, document(key, house.aws.world))
    profile(house, program.command, "region = eu-west-1\n")
    shown = house.shell("bash", 'eval "$(shellvault env tool)"; eval "$(shellvault env tool)"; env -0')
    got = exported(shown.stdout)
    assert house.aws.world.credential(got["AWS_ACCESS_KEY_ID"]) is not None
    assert (got["AWS_CREDENTIAL_EXPIRATION"], got["AWS_REGION"]) == (LATER, "eu-west-1")
    assert program.runs == [""]


def test_a_role_is_assumed_over_what_a_program_prints(house: House, key: AccessKey, tmp_path: Path) -> None:
    """Any other profile may name the one with the program as its source."""
    role = house.aws.world.role("reader")
    profile(house, printing(tmp_path, document(key, house.aws.world)).command)
    house.configure(f"[profile reader]\nrole_arn = {role.arn}\nsource_profile = tool\n")
    done = house.run("env", "reader", "--shell", "bash")
    assert (done.returncode, house.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_keys_without_an_end_are_asked_for_again_after_a_while(house: House, key: AccessKey, tmp_path: Path) -> None:
    """A program may print keys that never end: no token is exported, and fifteen minutes are what they get."""
    forever = document(key, house.aws.world, SessionToken=..., Expiration=...)
    profile(house, printing(tmp_path, forever).command)
    done = house.shell("bash", 'export AWS_SESSION_TOKEN=stale; eval "$(shellvault env tool)" && env -0')
    got = exported(done.stdout)
    assert "AWS_SESSION_TOKEN" not in got
    assert 880 < int(got["SHELLVAULT_EXPIRES_AT"]) - time.time() <= 900


def test_a_key_pair_of_its_own_stands_before_the_program(house: House, key: AccessKey, tmp_path: Path) -> None:
    """So that a profile whose credential_process asks shellvault is no circle."""
    program = printing(tmp_path, "nothing")
    profile(house, program.command)
    house.add("tool", key, "--no-config")
    assert house.run(*ENV).returncode == 0
    assert program.runs == []


def test_no_shell_stands_between(house: House, tmp_path: Path) -> None:
    """Words are split as in a shell; nothing else of a shell's language means anything."""
    program = Program(tmp_path, "exit 3")
    profile(house, f"{program.command} 'two words' $HOME `id` $(id) ; touch made > made")
    house.run(*ENV)
    assert program.runs == ["two words $HOME `id` $(id) ; touch made > made"]
    assert not (house.home / "made").exists()


def test_what_the_program_says_on_stderr_is_seen_by_the_person(house: House, tmp_path: Path) -> None:
    """SDKs hide it, and with it the reason."""
    profile(house, Program(tmp_path, "echo 'ask the help desk' >&2; exit 3").command)
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "ask the help desk\n" in done.stderr
    assert "credential_process of 'tool' failed with exit status 3" in done.stderr


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("/nonexistent/tool", "could not be run: No such file or directory"),
        ("'unbalanced", "could not be run: its quotes are unbalanced"),
        ("''", "could not be run"),
    ],
)
def test_a_program_that_cannot_be_run_is_an_error_of_the_config_file(house: House, command: str, reason: str) -> None:
    """Status 2: there is something to mend."""
    profile(house, command)
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert reason in done.stderr


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Version": 2}, "its Version is not 1"),
        ({"Version": "1"}, "its Version is not 1"),
        ({"Version": True}, "its Version is not 1"),
        ({"Version": ...}, "its Version is not 1"),
        ({"AccessKeyId": ...}, "it lacks AccessKeyId or SecretAccessKey"),
        ({"SecretAccessKey": ""}, "it lacks AccessKeyId or SecretAccessKey"),
        ({"AccessKeyId": 12}, "AccessKeyId is not usable"),
        ({"SecretAccessKey": ["x"]}, "SecretAccessKey is not usable"),
        ({"SessionToken": "a\nb"}, "SessionToken is not usable"),
        ({"SessionToken": "a\u0000"}, "SessionToken is not usable"),
        ({"SessionToken": "x" * 20000}, "SessionToken is not usable"),
        ({"AccessKeyId": "\u202eAKIA"}, "AccessKeyId is not usable"),
        ({"Expiration": "tomorrow"}, "its Expiration is not a time"),
        ({"Expiration": "2099-01-01T00:00:00"}, "its Expiration is not a time"),
        ({"Expiration": 4070908800}, "its Expiration is not a time"),
        ({"Expiration": "2001-01-01T00:00:00Z"}, "expired already"),
    ],
)
def test_each_field_is_checked(
    house: House, key: AccessKey, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    """The reason says which, and shows no value."""
    profile(house, printing(tmp_path, document(key, house.aws.world, **changes)).command)
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "1", '{"Version": 1, "Version": 1}', '{"Version": NaN}', b"\xff\xfe", "[" * 30000, "null"],
)
def test_what_is_not_a_json_object_is_refused(house: House, tmp_path: Path, answer: str | bytes) -> None:
    """Strictly: a name that is given twice, or a NaN, is no JSON to everybody."""
    profile(house, printing(tmp_path, answer).command)
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "did not print credentials: it is not " in done.stderr or "its Version" in done.stderr


def test_more_than_64_kib_is_too_much(house: House, tmp_path: Path) -> None:
    """The program is ended there, and would go on for ever otherwise."""
    profile(house, Program(tmp_path, "exec yes").command)
    done = house.run(*ENV)
    assert done.returncode == 8
    assert "printed more than 64 KiB" in done.stderr


def test_ctrl_c_ends_the_program_too(house: House, tmp_path: Path) -> None:
    """Nothing is left behind, and the shell gets its `false`."""
    program = Program(tmp_path, f"echo $$ >{tmp_path}/pid; exec sleep 1000")
    profile(house, program.command)
    running = subprocess.Popen([SHELLVAULT, *ENV], env=house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, _err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, b"false\n")
    assert state((tmp_path / "pid").read_text().strip()) in ("", "Z")


def test_a_program_that_asks_for_its_own_profile_is_told_of_the_circle(house: House) -> None:
    """A profile whose process is shellvault itself ends with an error that names the way round."""
    profile(house, f"{SHELLVAULT} exec tool --json")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: credential_process goes in a circle: tool -> tool\n" in done.stderr


def test_a_circle_over_other_profiles_is_named_in_full(house: House) -> None:
    """Through a source_profile, and through another program."""
    profile(house, f"{SHELLVAULT} exec second --json")
    house.configure(f"[profile second]\nrole_arn = {house.aws.world.role('r').arn}\nsource_profile = third\n")
    house.configure(f"[profile third]\ncredential_process = {SHELLVAULT} exec tool --json\n")
    done = house.run(*ENV)
    assert "error: credential_process goes in a circle: tool -> second -> third -> tool\n" in done.stderr
    assert "hint: let credential_process of 'tool' run a program that asks elsewhere" in done.stderr


def test_a_circle_by_the_same_program_under_another_name_is_seen_too(house: House) -> None:
    """Two profiles with one credential_process share its session, and would wait for each other."""
    profile(house, f"{SHELLVAULT} exec twin --json")
    house.configure(f"[profile twin]\ncredential_process = {SHELLVAULT} exec twin --json\n")
    done = house.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: credential_process goes in a circle: tool -> twin\n" in done.stderr


def test_a_program_that_asks_for_another_profile_is_no_circle(house: House, key: AccessKey) -> None:
    """One profile may well take what another one gives."""
    house.add("base", key)
    profile(house, f"{SHELLVAULT} exec base --json")
    assert house.run(*ENV).returncode == 0


def test_a_program_that_takes_too_long_for_a_hook_is_ended_with_it(
    house: House, key: AccessKey, tmp_path: Path
) -> None:
    """The hook waits ten seconds and no longer; what it started does not go on behind its back."""
    notes = tmp_path / "pid"
    profile(house, Program(tmp_path, f"echo $$ >{notes}; exec sleep 1000").command)
    held = {"SHELLVAULT_PROFILE": "tool", "AWS_ACCESS_KEY_ID": key.id}
    done = house.run("env", "--refresh", "--no-input", "--timeout", "1s", "--shell", "bash", **held)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert state(notes.read_text().strip()) in ("", "Z")
