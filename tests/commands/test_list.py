"""`list`: profiles, key pairs and sessions side by side, without reading a secret."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}


@pytest.fixture
def lived_in(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role, its key pair, a key pair without a profile, and three sessions; locked."""
    with_role(sandbox)
    sandbox.add("spare", sandbox.aws.world.user("bob").access_key(), "--no-config")
    for profile in ("reader", "base", "spare"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    sandbox.run("lock")
    return sandbox


def test_the_table_looks_like_aws_vaults(lived_in: Sandbox) -> None:
    """A row for each profile, then for each key pair without one; sessions with their kind and the time left."""
    done = lived_in.run("list", "--no-input", **LOCKED)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[:2] == [["Profile", "Credentials", "Sessions"], ["=======", "===========", "========"]]
    shown = [[re.sub(r":(59m\d+s|1h0m)$", ":left", word) for word in row] for row in rows[2:]]
    assert shown == [
        ["base", "base", "sts.GetSessionToken:left"],
        ["reader", "-", "sts.AssumeRole:left"],
        ["-", "spare", "sts.GetSessionToken:left"],
    ]


def test_the_columns_stand_under_each_other(lived_in: Sandbox) -> None:
    """However long a name is."""
    lived_in.configure("[profile a-name-that-is-longer-than-all-the-others-are]\n")
    lines = lived_in.run("ls").stdout.splitlines()
    starts = {tuple(word.start() for word in re.finditer(r"\S+", line)) for line in lines}
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("--profiles", r"base\nreader\n"),
        ("--credentials", r"base\nspare\n"),
        (
            "--sessions",
            r"base sts.GetSessionToken:\w+\nreader sts.AssumeRole:\w+\nspare sts.GetSessionToken:\w+\n",
        ),
    ],
)
def test_one_column_alone_is_for_scripts(lived_in: Sandbox, column: str, expected: str) -> None:
    """A line each, and no headings."""
    assert re.fullmatch(expected, lived_in.run("list", column).stdout)


def test_json_has_all_of_it(lived_in: Sandbox) -> None:
    """Names, the end of the key id, each session with its times in epoch seconds."""
    document = json.loads(lived_in.run("list", "--json").stdout)
    assert [(row["name"], row["profile"], bool(row["credentials"])) for row in document] == [
        ("base", True, True),
        ("reader", True, False),
        ("spare", False, True),
    ]
    assert all(
        re.fullmatch("…[A-Z2-7]{4}", row["credentials"]["access_key_id"]) for row in document if row["credentials"]
    )
    (session,) = document[1]["sessions"]
    assert session["kind"] == "sts.AssumeRole"
    assert time.time() < session["refresh_at"] < session["expires_at"] <= time.time() + 3601


def test_no_secret_is_read(lived_in: Sandbox) -> None:
    """Neither is the sealed file opened, nor a kernel key's payload read, nor AWS called."""
    calls = len(lived_in.aws.world.calls)
    trace = lived_in.home / "trace"
    watched = ["strace", "-f", "-qq", "-e", "trace=%file,keyctl,socket", "-o", str(trace), SHELLVAULT, "list"]
    assert lived_in.command(watched, **LOCKED).returncode == 0
    seen = trace.read_text()
    assert str(lived_in.vault / "index") in seen
    assert "KEYCTL_DESCRIBE" in seen
    assert not [word for word in ("vault.sealed", "KEYCTL_READ, ", "AF_") if word in _of_keys(seen)]
    assert len(lived_in.aws.world.calls) == calls


def _of_keys(trace: str) -> str:
    """Return the trace without the reading of whole rings, which lists ids and no payload."""
    return "\n".join(line for line in trace.splitlines() if "KEYCTL_READ, KEY_SPEC" not in line)


def test_an_empty_house_says_how_to_begin(sandbox: Sandbox) -> None:
    """And is no error."""
    done = sandbox.run("list")
    assert (done.returncode, done.stdout) == (0, "Nothing yet. Store an access key: shellvault add dev\n")
    assert sandbox.run("list", "--json").stdout == "[]\n"
    assert sandbox.run("list", "--profiles").stdout == ""


def test_two_columns_at_once_are_refused(sandbox: Sandbox) -> None:
    """A script would not know which is which."""
    done = sandbox.run("list", "--profiles", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: choose one of --profiles, --credentials, --sessions, --json\n")


def test_a_session_whose_profile_is_gone_is_shown_still(lived_in: Sandbox) -> None:
    """It is there until it expires."""
    lived_in.config.write_text("")
    rows = [line.split()[:2] for line in lived_in.run("list").stdout.splitlines()[2:]]
    assert rows == [["-", "base"], ["-", "spare"], ["reader", "-"]]


def test_other_vaults_key_pairs_are_not_listed(sandbox: Sandbox) -> None:
    """`list` shows the vault in use."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    index = sandbox.vault / "index"
    index.write_text(index.read_text() + f"kwallet {'a' * 32} WXYZ elsewhere\n")
    assert sandbox.run("list", "--credentials").stdout == "base\n"
