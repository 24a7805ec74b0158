"""`credential_process` as a source: its output is parsed strictly, and no shell runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import CHOOSING
from shellvault.core.environment import CHOICES
from shellvault.shell.formats import FORMATS
from tests.providers.credential_programs import LATER, CredentialProgram, printing_program, process_document
from tests.sandbox import SHELLVAULT, parse_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.identities import AccessKey
    from tests.sandbox import Sandbox

ENV = ("env", "tool", "--shell", "bash")


@pytest.fixture
def key(sandbox: Sandbox) -> AccessKey:
    """Return a key pair that AWS knows and the vault does not."""
    return sandbox.aws.world.user().access_key()


def process_state(pid: str) -> str:
    """Return a process's state as ps prints it, or the empty string where there is none."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def add_profile(sandbox: Sandbox, command: str, more: str = "") -> None:
    """Add the profile `tool`."""
    sandbox.configure(f"[profile tool]\ncredential_process = {command}\n{more}")


def test_a_printed_session_is_put_into_the_shell(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """The program runs once, and its session is cached until it expires."""
    program = printing_program(tmp_path, process_document(key, sandbox.aws.world))
    add_profile(sandbox, program.command, "region = eu-west-1\n")
    shown = sandbox.shell("bash", 'eval "$(shellvault env tool)"; eval "$(shellvault env tool)"; env -0')
    got = parse_environment(shown.stdout)
    assert sandbox.aws.world.credential(got["AWS_ACCESS_KEY_ID"]) is not None
    assert (got["AWS_CREDENTIAL_EXPIRATION"], got["AWS_REGION"]) == (LATER, "eu-west-1")
    assert program.runs == [""]


def test_a_role_is_assumed_over_a_printed_session(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """Any other profile may name the one with the program as its source."""
    role = sandbox.aws.world.role("reader")
    add_profile(sandbox, printing_program(tmp_path, process_document(key, sandbox.aws.world)).command)
    sandbox.configure(f"[profile reader]\nrole_arn = {role.arn}\nsource_profile = tool\n")
    done = sandbox.run("env", "reader", "--shell", "bash")
    assert (done.returncode, sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr


def test_keys_without_an_expiry_are_asked_for_again_after_15_minutes(
    sandbox: Sandbox, key: AccessKey, tmp_path: Path
) -> None:
    """Such keys may never expire. No token and no expiry is exported for them, nor is a stale one kept."""
    forever = process_document(key, sandbox.aws.world, SessionToken=..., Expiration=...)
    program = printing_program(tmp_path, forever)
    add_profile(sandbox, program.command)
    names = ("AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION")
    stale = dict.fromkeys(names, "2026-01-01T00:00:00Z")
    script = 'eval "$(shellvault env tool)" && env -0'
    for _ in ("obtained", "cached"):
        got = parse_environment(sandbox.shell("bash", script, **stale).stdout)
        assert not stale.keys() & got.keys()
        assert 880 < int(got["SHELLVAULT_EXPIRES_AT"]) - time.time() <= 900
    assert len(program.runs) == 1
    in_shell = sandbox.shell("bash", f'{script} && shellvault clear && eval "$(shellvault env --refresh)" && env -0')
    assert not stale.keys() & parse_environment(in_shell.stdout).keys()


@pytest.mark.parametrize("form", [("exec", "--json"), *(("export", "--format", form) for form in FORMATS)])
def test_no_expiry_is_written_if_the_program_gave_none(
    sandbox: Sandbox, key: AccessKey, tmp_path: Path, form: tuple[str, ...]
) -> None:
    """Otherwise SDKs would take valid credentials for expired."""
    forever = process_document(key, sandbox.aws.world, SessionToken=..., Expiration=...)
    add_profile(sandbox, printing_program(tmp_path, forever).command)
    done = sandbox.run(form[0], "tool", *form[1:])
    assert done.returncode == 0, done.stderr
    assert "20" not in "".join(line for line in done.stdout.splitlines() if "expiration" in line.lower())
    ran = parse_environment(sandbox.run("exec", "tool", "--", "env", "-0", AWS_SESSION_EXPIRATION="stale").stdout)
    assert not {"AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"} & ran.keys()


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("444455556666", "444455556666"),
        (444455556666, None),
        ("44445555666", None),
        ("\u0664" * 12, None),
        (..., None),
    ],
)
def test_account_from_the_program_is_passed_on(
    sandbox: Sandbox, key: AccessKey, tmp_path: Path, told: object, known: str | None
) -> None:
    """To the shell and to JSON. An invalid account id is ignored, and a stale one is removed."""
    printed = process_document(key, sandbox.aws.world, AccountId=told)
    add_profile(sandbox, printing_program(tmp_path, printed).command)
    for _ in ("obtained", "cached"):
        script = 'eval "$(shellvault env tool)" && env -0'
        got = parse_environment(sandbox.shell("bash", script, AWS_ACCOUNT_ID="999988887777").stdout)
        assert got.get("AWS_ACCOUNT_ID") == known
        assert json.loads(sandbox.run("exec", "tool", "--json").stdout).get("AccountId") == known
    back = sandbox.shell("bash", f'{script} >&2; eval "$(shellvault env -u)"; env -0', AWS_ACCOUNT_ID="999988887777")
    assert parse_environment(back.stdout)["AWS_ACCOUNT_ID"] == "999988887777"


def test_a_stored_key_pair_wins_over_the_program(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """A profile whose credential_process asks shellvault is then no loop."""
    program = printing_program(tmp_path, "nothing")
    add_profile(sandbox, program.command)
    sandbox.add("tool", key, "--no-config")
    assert sandbox.run(*ENV).returncode == 0
    assert program.runs == []


def test_no_shell_interprets_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    """Words are split as in a shell; nothing else of a shell's language is understood."""
    program = CredentialProgram(tmp_path, "exit 3")
    add_profile(sandbox, f"{program.command} 'two words' $HOME `id` $(id) ; touch made > made")
    sandbox.run(*ENV)
    assert program.runs == ["two words $HOME `id` $(id) ; touch made > made"]
    assert not (sandbox.home / "made").exists()


def test_every_variable_that_chooses_a_session_is_kept_from_programs() -> None:
    """A program may be shellvault, and would then give another session than that of the profile."""
    assert set(CHOOSING.values()) <= set(CHOICES)


def test_a_programs_stderr_is_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    """SDKs hide it, and the reason with it."""
    add_profile(sandbox, CredentialProgram(tmp_path, "echo 'ask the help desk' >&2; exit 3").command)
    done = sandbox.run(*ENV)
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
def test_a_command_that_cannot_be_run_is_a_usage_error(sandbox: Sandbox, command: str, reason: str) -> None:
    """The status is 2: the config file has to be corrected."""
    add_profile(sandbox, command)
    done = sandbox.run(*ENV)
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
        ({"AccessKeyId": 12}, "no usable AccessKeyId"),
        ({"SecretAccessKey": ["x"]}, "no usable SecretAccessKey"),
        ({"SessionToken": "a\nb"}, "no usable SessionToken"),
        ({"SessionToken": "a\u0000"}, "no usable SessionToken"),
        ({"SessionToken": "x" * 20000}, "no usable SessionToken"),
        ({"AccessKeyId": "\u202eAKIA"}, "no usable AccessKeyId"),
        ({"Expiration": "tomorrow"}, "its Expiration is not a time"),
        ({"Expiration": "2099-01-01T00:00:00"}, "its Expiration is not a time"),
        ({"Expiration": 4070908800}, "its Expiration is not a time"),
        ({"Expiration": "2001-01-01T00:00:00Z"}, "already expired"),
    ],
)
def test_each_field_is_checked(
    sandbox: Sandbox, key: AccessKey, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    """The error names the field, and shows no value."""
    add_profile(sandbox, printing_program(tmp_path, process_document(key, sandbox.aws.world, **changes)).command)
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "1", '{"Version": 1, "Version": 1}', '{"Version": NaN}', b"\xff\xfe", "[" * 30000, "null"],
)
def test_output_that_is_not_a_json_object_is_refused(sandbox: Sandbox, tmp_path: Path, answer: str | bytes) -> None:
    """Names that occur twice and NaN are refused too: parsers disagree about them."""
    add_profile(sandbox, printing_program(tmp_path, answer).command)
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "did not print credentials: it is not " in done.stderr or "its Version" in done.stderr


def test_more_than_64_kib_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """The program is killed; it would go on for ever."""
    add_profile(sandbox, CredentialProgram(tmp_path, "exec yes").command)
    done = sandbox.run(*ENV)
    assert done.returncode == 8
    assert "printed more than 64 KiB" in done.stderr


def test_ctrl_c_also_ends_the_credential_process(sandbox: Sandbox, tmp_path: Path) -> None:
    """It leaves nothing behind, and the shell gets its `false`."""
    program = CredentialProgram(tmp_path, f"echo $$ >{tmp_path}/pid; exec sleep 1000")
    add_profile(sandbox, program.command)
    running = subprocess.Popen([SHELLVAULT, *ENV], env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, _err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, b"false\n")
    assert process_state((tmp_path / "pid").read_text().strip()) in ("", "Z")


def test_a_program_that_asks_for_its_own_profile_is_a_loop(sandbox: Sandbox) -> None:
    """A profile whose credential_process is shellvault itself fails with an error that names the loop."""
    add_profile(sandbox, f"{SHELLVAULT} exec tool --json")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: credential_process loops: tool -> tool\n" in done.stderr


def test_a_loop_over_other_profiles_is_named_in_full(sandbox: Sandbox) -> None:
    """Through a source_profile, and through another program."""
    add_profile(sandbox, f"{SHELLVAULT} exec second --json")
    sandbox.configure(f"[profile second]\nrole_arn = {sandbox.aws.world.role('r').arn}\nsource_profile = third\n")
    sandbox.configure(f"[profile third]\ncredential_process = {SHELLVAULT} exec tool --json\n")
    done = sandbox.run(*ENV)
    assert "error: credential_process loops: tool -> second -> third -> tool\n" in done.stderr
    assert "hint: change credential_process of 'tool' to a program other than shellvault" in done.stderr


def test_a_loop_through_the_same_program_under_another_name_is_found(sandbox: Sandbox) -> None:
    """Two profiles with the same credential_process share its session, and would wait for each other."""
    add_profile(sandbox, f"{SHELLVAULT} exec twin --json")
    sandbox.configure(f"[profile twin]\ncredential_process = {SHELLVAULT} exec twin --json\n")
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: credential_process loops: tool -> twin\n" in done.stderr


def test_a_program_may_ask_for_another_profile(sandbox: Sandbox, key: AccessKey) -> None:
    """That is no loop."""
    sandbox.add("base", key)
    add_profile(sandbox, f"{SHELLVAULT} exec base --json")
    assert sandbox.run(*ENV).returncode == 0


def test_a_refresh_that_times_out_kills_the_program(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """The hook waits ten seconds; the program does not go on after that."""
    notes = tmp_path / "pid"
    add_profile(sandbox, CredentialProgram(tmp_path, f"echo $$ >{notes}; exec sleep 1000").command)
    held = {"SHELLVAULT_PROFILE": "tool", "AWS_ACCESS_KEY_ID": key.id, "SHELLVAULT_KEY_ID": key.id}
    held |= {"AWS_SECRET_ACCESS_KEY": key.secret}
    done = sandbox.run("env", "--refresh", "--no-input", "--timeout", "1s", "--shell", "bash", **held)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert process_state(notes.read_text().strip()) in ("", "Z")
