"""`log`: which program got which session, and when; no secret is in it, and nothing depends on it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shellvault.storage.session_log import LARGEST
from tests.commands.role_profiles import add_role
from tests.commands.test_credential_process import add_credential_process, get_identity
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
FIELDS = ["time", "event", "profile", "scope", "key_id", "account", "role", "program", "folder", "pid"]
ACCOUNT = "111122223333"


@pytest.fixture
def reader(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the role `reader` over the key pair `base`, and an empty log."""
    add_role(sandbox)
    assert not find_log(sandbox).exists()
    return sandbox


def find_log(sandbox: Sandbox) -> Path:
    """Return the path of the log."""
    return sandbox.vault / "log"


def read_log(sandbox: Sandbox, *words: str) -> list[dict[str, Any]]:
    """Return what `log --json` prints."""
    done = sandbox.run("log", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def summarize(sandbox: Sandbox, *fields: str) -> list[tuple[object, ...]]:
    """Return these fields of each record."""
    return [tuple(record[name] for name in fields) for record in read_log(sandbox)]


def test_a_session_is_written_down_when_it_is_minted_and_when_a_shell_gets_it(reader: Sandbox) -> None:
    """The shell is named, with its process id and folder; both records have the key id, which AWS's logs show."""
    folder = reader.home / "work"
    folder.mkdir()
    script = f'cd {folder}; eval "$(shellvault env reader)"; echo $$ $AWS_ACCESS_KEY_ID'
    pid, key_id = reader.shell("bash", script).stdout.split()
    minted, given = read_log(reader)
    assert list(given) == FIELDS
    assert given["event"] == "handed over"
    assert {**minted, "time": ""} == {**given, "event": "minted", "time": ""}
    assert (given["profile"], given["scope"], given["account"], given["role"]) == ("reader", None, ACCOUNT, "reader")
    assert (given["key_id"], given["program"], given["folder"]) == (key_id, "bash", str(folder))
    assert given["pid"] == int(pid)
    age = datetime.now(UTC) - datetime.fromisoformat(given["time"])
    assert timedelta() <= age < timedelta(minutes=1)


def test_a_cached_session_is_only_handed_over(reader: Sandbox) -> None:
    """The second time AWS is not called."""
    assert [reader.run(*ENV).returncode for _ in range(2)] == [0, 0]
    assert summarize(reader, "event") == [("minted",), ("handed over",), ("handed over",)]


def test_exec_is_written_down_with_its_command(reader: Sandbox) -> None:
    """The command has the process id that is in the record, and a path is shortened to the program's name."""
    done = reader.run("exec", "reader", "--", "/bin/sh", "-c", "echo $$")
    assert summarize(reader, "event", "program", "pid")[-1] == ("handed over", "sh", int(done.stdout))


def test_a_program_that_asks_by_credential_process_is_named(reader: Sandbox) -> None:
    """It is the AWS CLI that got the session."""
    add_credential_process(reader, "reader", "cli")
    get_identity(reader, "cli")
    assert summarize(reader, "event", "profile", "program")[-1] == ("handed over", "reader", "aws")


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (("each", "reader", "--", "/bin/true"), "true"),
        (("export", "reader"), None),
        (("login", "reader", "--stdout"), None),
    ],
)
def test_every_other_command_that_gives_a_session_is_written_down(
    reader: Sandbox, words: tuple[str, ...], program: str | None
) -> None:
    """Where a command starts a program, that is named."""
    done = reader.run(*words)
    assert done.returncode == 0, done.stderr
    *_, (event, profile, role, named) = summarize(reader, "event", "profile", "role", "program")
    assert (event, profile, role) == ("handed over", "reader", "reader")
    assert program in (None, named)


def test_a_renewal_in_a_shell_is_called_so(reader: Sandbox) -> None:
    """It has the new session's key id."""
    renewal = 'shellvault clear >/dev/null; eval "$(shellvault env --refresh)"; echo $AWS_ACCESS_KEY_ID'
    key_id = reader.shell("bash", f'eval "$(shellvault env reader)"; {renewal}').stdout.strip()
    events = summarize(reader, "event", "key_id")
    assert [event for event, _ in events] == ["minted", "handed over", "minted", "renewed"]
    assert events[-1][1] == events[-2][1] == key_id != events[0][1]


def test_a_narrowed_session_has_its_scope(reader: Sandbox) -> None:
    """As the prompt shows it."""
    assert reader.run(*ENV, "--read-only").returncode == 0
    assert summarize(reader, "event", "scope") == [("minted", "ro"), ("handed over", "ro")]


def test_a_key_pair_that_is_handed_out_itself_is_written_down(reader: Sandbox) -> None:
    """Its id is not secret, and somebody may look for it one day."""
    done = reader.run("exec", "base", "--no-session", "--", "printenv", "AWS_ACCESS_KEY_ID")
    assert summarize(reader, "event", "profile", "key_id") == [("handed over", "base", done.stdout.strip())]


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no", "false"])
def test_the_log_can_be_switched_off(reader: Sandbox, value: str) -> None:
    """Then there is no file, and `log` says why it is empty."""
    assert reader.run(*ENV, SHELLVAULT_LOG=value).returncode == 0
    assert not find_log(reader).exists()
    assert reader.run("log", SHELLVAULT_LOG=value).stdout == "The log is empty: SHELLVAULT_LOG turns it off.\n"
    assert reader.run("log").stdout == "The log is empty.\n"
    assert reader.run("log", "--json").stdout == ""


def test_only_the_user_can_read_it(reader: Sandbox) -> None:
    """Whatever the umask says."""
    assert reader.shell("bash", "umask 0; shellvault env reader --shell bash").returncode == 0
    assert find_log(reader).stat().st_mode & 0o777 == 0o600


def test_fifty_writers_leave_whole_lines(reader: Sandbox) -> None:
    """Each record is appended with one write."""
    reader.load_session("reader")
    folder = reader.home / ("long" * 50)
    folder.mkdir()
    line = f"cd {folder}; for i in 1 2 3 4 5; do shellvault env reader --shell bash >/dev/null; done"
    with ThreadPoolExecutor(10) as pool:
        assert [done.returncode for done in pool.map(lambda _: reader.shell("bash", line), range(10))] == [0] * 10
    lines = find_log(reader).read_text().splitlines()
    assert len(lines) == 52
    assert all(list(json.loads(line)) == FIELDS for line in lines)


def test_a_large_log_is_set_aside_once(reader: Sandbox) -> None:
    """Both files are read, the older one first, and the one before those is gone."""
    line = '{"time":"2026-01-01T00:00:00Z","event":"minted","profile":"old","scope":null,"key_id":"ASIAOLD000000000",'
    line += '"account":null,"role":null,"program":"x","folder":"/","pid":1}\n'
    find_log(reader).write_text(line * (LARGEST // len(line) + 1))
    for _ in range(3):
        assert reader.run(*ENV).returncode == 0
    assert find_log(reader).with_suffix(".old").stat().st_size > LARGEST
    assert find_log(reader).stat().st_size < 2000
    found = read_log(reader)
    assert (found[0]["profile"], found[-1]["profile"]) == ("old", "reader")
    assert [record["event"] for record in found[-4:]] == ["minted", "handed over", "handed over", "handed over"]


@pytest.mark.parametrize("name", ['he said "hi"', "back\\slash", "naïve-日本", "tab\there", "esc\x1b[31m", "null"])
def test_any_name_and_folder_is_written_as_json(reader: Sandbox, name: str) -> None:
    """The table shows no control characters."""
    folder = reader.home / name
    folder.mkdir()
    done = subprocess.run(
        [aws_cli().replace("/aws", "/shellvault"), *ENV], env=reader.env, cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert read_log(reader)[-1]["folder"] == str(folder)
    shown = reader.run("log").stdout
    assert "\x1b" not in shown
    assert "\t" not in shown


def test_lines_that_cannot_be_read_are_left_out(reader: Sandbox) -> None:
    """A full disk may have cut one off; the next record then stands on the same line."""
    assert reader.run(*ENV).returncode == 0
    before = find_log(reader).read_text()
    huge = f"{before.splitlines()[0].rpartition(':')[0]}:1e400}}\n{'[' * 100_000}\n"
    find_log(reader).write_text(f'nonsense\n[]\n{{"time": 1}}\n{huge}{before}{before[:40]}')
    assert reader.run(*ENV).returncode == 0
    assert summarize(reader, "event") == [("minted",), ("handed over",), ("handed over",)]


def test_of_a_huge_log_the_end_is_read(reader: Sandbox) -> None:
    """Something else has made it so large."""
    assert reader.run(*ENV).returncode == 0
    record = find_log(reader).read_bytes()
    find_log(reader).write_bytes(b"x" * (17 << 20) + b"\n" + record)
    assert summarize(reader, "event") == [("minted",), ("handed over",)]


def test_a_log_that_others_could_read_is_made_private(reader: Sandbox) -> None:
    """When it is looked at."""
    assert reader.run(*ENV).returncode == 0
    find_log(reader).chmod(0o666)
    assert len(read_log(reader)) == 2
    assert find_log(reader).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_a_log_that_cannot_be_written_is_no_reason_to_fail(reader: Sandbox, kind: str) -> None:
    """The session is handed over, and the user is told."""
    make = {"folder": "mkdir {0}", "pipe": "mkfifo {0}", "link": "ln -s /etc/passwd {0}"}[kind]
    assert reader.shell("sh", make.format(find_log(reader))).returncode == 0
    done = reader.run(*ENV)
    assert done.returncode == 0
    assert "AWS_ACCESS_KEY_ID" in done.stdout
    assert "shellvault: the log cannot be written: " in done.stderr
    if kind != "pipe":
        refused = reader.run("log")
        assert (refused.returncode, refused.stderr.count(str(find_log(reader)))) == (2, 1)


def test_who_finds_the_session_behind_a_cloudtrail_entry(reader: Sandbox) -> None:
    """Only the records of this key id are shown."""
    for words in (ENV, (*ENV, "--fresh"), ("env", "base", "--shell", "bash")):
        assert reader.run(*words).returncode == 0
    key_id = read_log(reader)[0]["key_id"]
    assert [record["event"] for record in read_log(reader, "who", key_id)] == ["minted", "handed over"]
    assert reader.run("log", "who", f" {key_id.lower()} ").stdout.count(key_id) == 2


def test_who_says_how_far_the_log_reaches_if_it_does_not_know(reader: Sandbox) -> None:
    """The exit status says that there is no such key."""
    done = reader.run("log", "who", "ASIAIOSFODNN7EXAMPLE")
    assert (done.returncode, done.stdout) == (4, "")
    assert "no session with the key id ASIAIOSFODNN7EXAMPLE is in the log\nhint: the log is empty" in done.stderr
    assert reader.run(*ENV).returncode == 0
    assert "hint: the log begins at 20" in reader.run("log", "who", "ASIAIOSFODNN7EXAMPLE").stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("prod",), "log takes no profile, only options"),
        (("who",), "log who: KEYID is missing"),
        (("who", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "log who: that is not an access key id, such as ASIA…"),
        (("--since", "tomorrowish"), "--since: 'tomorrowish' is not a time"),
        (("--since", "2"), "--since: '2' has no unit"),
        (("ASIAIOSFODNN7EXAMPLE",), "log takes a key id only after the word 'who'"),
        (("whom", "ASIAIOSFODNN7EXAMPLE"), "log takes a key id only after the word 'who'"),
        (("--since", ""), "--since is empty"),
        (("--profile", ""), "--profile is empty"),
    ],
)
def test_mistakes_are_explained(reader: Sandbox, words: tuple[str, ...], message: str) -> None:
    """What may be a pasted secret is not repeated."""
    done = reader.run("log", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {message}\n" in done.stderr
    assert "wJalr" not in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize(
    ("since", "events"),
    [("1h", 2), ("2d", 3), ("1w", 4), ("today", 2), ("1999-01-01", 4), ("2999-01-01", 0), ("2999-01-01T00:00Z", 0)],
)
def test_since_takes_an_age_a_date_or_a_time(reader: Sandbox, since: str, events: int) -> None:
    """There are records from now, from 30 hours ago and from five days ago."""
    assert reader.run(*ENV).returncode == 0
    new = find_log(reader).read_text()
    old = ""
    for hours in (5 * 24, 30):
        record = json.loads(new.splitlines()[0])
        moment = datetime.now(UTC) - timedelta(hours=hours)
        old += json.dumps({**record, "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}) + "\n"
    find_log(reader).write_text(old + new)
    assert len(read_log(reader, "--since", since)) == events
    if not events:
        assert reader.run("log", "--since", since).stdout == "No entries match. To see all: shellvault log\n"


def test_the_table_can_be_limited_to_a_profile(reader: Sandbox) -> None:
    """It has a line for each event, with local times."""
    for words in (ENV, ("env", "base", "--shell", "bash")):
        assert reader.run(*words).returncode == 0
    title, _, *rows = reader.run("log", "--profile", "base", TZ="Asia/Tokyo").stdout.splitlines()
    assert title.split("  ")[0] == "Time"
    assert [row[21:32].strip() for row in rows] == ["minted", "handed over"]
    local = datetime.fromisoformat(read_log(reader)[-1]["time"]) + timedelta(hours=9)
    assert rows[-1].startswith(local.strftime("%Y-%m-%d %H:%M:%S"))


def test_a_profile_that_nobody_knows_is_an_error(reader: Sandbox) -> None:
    """A typing error must not look like good news; a profile that is only in the log is known."""
    assert reader.run(*ENV).returncode == 0
    done = reader.run("log", "--profile", "raeder")
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: no profile 'raeder'" in done.stderr
    assert "did you mean reader?" in done.stderr
    assert reader.run("log", "--profile", "base").stdout == "No entries match. To see all: shellvault log\n"
    reader.config.write_text("[broken")
    assert len(read_log(reader, "--profile", "reader")) == 2


def test_who_says_whether_the_session_was_taken_back(reader: Sandbox) -> None:
    """With its role; a session that was obtained afterwards was not."""
    assert reader.run(*ENV).returncode == 0
    key_id = read_log(reader)[0]["key_id"]
    first = json.loads(find_log(reader).read_text().splitlines()[0])
    for name, hours in (("reader", -1), ("reader", 1), ("other", 1)):
        moment = (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        taken = {**first, "event": "revoked", "key_id": None, "role": name, "time": moment}
        with find_log(reader).open("a") as log:
            log.write(json.dumps(taken) + "\n")
    found = [(record["event"], record["role"]) for record in read_log(reader, "who", key_id)]
    assert found == [("minted", "reader"), ("handed over", "reader"), ("revoked", "reader")]
