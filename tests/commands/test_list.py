"""`list`: profiles, key pairs and sessions side by side, without reading any secret."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.index import Index, IndexEntry
from tests.commands.role_profiles import add_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}


@pytest.fixture
def used_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a locked sandbox with a role, its key pair, a key pair without a profile, and three sessions."""
    add_role(sandbox)
    sandbox.add("spare", sandbox.aws.world.user("bob").access_key(), "--no-config")
    for profile in ("reader", "base", "spare"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    sandbox.run("lock")
    return sandbox


def test_table_looks_like_that_of_awsvault(used_sandbox: Sandbox) -> None:
    """One row per profile, then one per key pair without a profile; sessions show their kind and time left."""
    done = used_sandbox.run("list", "--no-input", **LOCKED)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[:2] == [["Profile", "Credentials", "Sessions"], ["=======", "===========", "========"]]
    columns = [[re.sub(r":(59m\d+s|1h0m)$", ":left", word) for word in row] for row in rows[2:]]
    assert columns == [
        ["base", "base", "sts.GetSessionToken:left"],
        ["reader", "-", "sts.AssumeRole:left"],
        ["-", "spare", "sts.GetSessionToken:left"],
    ]


def test_columns_are_aligned(used_sandbox: Sandbox) -> None:
    """However long a name is."""
    used_sandbox.configure("[profile a-name-that-is-longer-than-all-the-others-are]\n")
    lines = used_sandbox.run("ls").stdout.splitlines()
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
def test_single_column_is_suitable_for_scripts(used_sandbox: Sandbox, column: str, expected: str) -> None:
    """One item per line, and no headings."""
    assert re.fullmatch(expected, used_sandbox.run("list", column).stdout)


def test_json_contains_everything(used_sandbox: Sandbox) -> None:
    """Names, the end of the key ID, and each session with its times in epoch seconds."""
    document = json.loads(used_sandbox.run("list", "--json").stdout)
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


def test_patterns_choose_what_is_shown(used_sandbox: Sandbox) -> None:
    """They are those of a shell, on names of profiles and of key pairs, and apply to every form of output."""
    used_sandbox.configure("[profile prod-eu]\n[profile prod-us]\n[profile Prod]\n[profile 'odd [name]']\n")
    for patterns, expected in (
        (["prod-*"], ["prod-eu", "prod-us"]),
        (["*-us", "base"], ["base", "prod-us"]),
        (["[pP]rod*"], ["prod-eu", "prod-us", "Prod"]),
        (["???e"], ["base"]),
        (["odd [[]name]"], ["odd [name]"]),
        (["*"], ["base", "reader", "prod-eu", "prod-us", "Prod", "odd [name]"]),
    ):
        assert used_sandbox.run("list", "--profiles", *patterns).stdout.splitlines() == expected
    assert used_sandbox.run("list", "--credentials", "spa*").stdout == "spare\n"
    assert [row["name"] for row in json.loads(used_sandbox.run("ls", "sp*", "--json").stdout)] == ["spare"]
    assert len(used_sandbox.run("list", "prod-*").stdout.splitlines()) == 4


@pytest.mark.parametrize("form", [[], ["--json"], ["--profiles"]])
def test_a_pattern_that_matches_nothing_is_an_error(used_sandbox: Sandbox, form: list[str]) -> None:
    """A script would otherwise take a misspelt name for an empty list."""
    done = used_sandbox.run("list", "base", "raeder", *form)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: no profile or key pair matches 'raeder'\nhint: did you mean reader?\n"
    assert used_sandbox.run("list", "zzz*").stderr.endswith("\nhint: shellvault list shows all of them\n")


def test_no_secret_is_read(used_sandbox: Sandbox) -> None:
    """The sealed file is not opened, only notes are read from the kernel keyring, and AWS is not called."""
    calls = len(used_sandbox.aws.world.calls)
    trace = used_sandbox.home / "trace"
    watched = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "200",
        "-e",
        "trace=%file,keyctl,socket",
        "-o",
        str(trace),
        SHELLVAULT,
        "list",
    ]
    assert used_sandbox.command(watched, **LOCKED).returncode == 0
    seen = trace.read_text()
    assert str(used_sandbox.vault / "index") in seen
    assert not [word for word in ("vault.sealed", "AF_") if word in seen]
    names = dict(re.findall(r'KEYCTL_SEARCH, .*"([^"]+)", 0\) += (\d+)', seen))
    notes = {key_id for name, key_id in names.items() if ":note:" in name}
    assert notes == _read_keys(seen)
    assert len(notes) == 3
    assert len(used_sandbox.aws.world.calls) == calls


def _read_keys(trace: str) -> set[str]:
    """Return the serial numbers of the keys whose payload was read."""
    return set(re.findall(r"KEYCTL_READ, (\d+),", trace))


def test_empty_vault_prints_how_to_begin(sandbox: Sandbox) -> None:
    """This is not an error."""
    done = sandbox.run("list")
    assert (done.returncode, done.stdout) == (
        0,
        "No profiles or key pairs yet. Store an access key: shellvault add dev\n",
    )
    assert sandbox.run("list", "--json").stdout == "[]\n"
    assert sandbox.run("list", "--profiles").stdout == ""


def test_only_one_column_can_be_selected(sandbox: Sandbox) -> None:
    """A script could not tell two columns apart."""
    done = sandbox.run("list", "--profiles", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: choose one of --profiles, --credentials, --sessions, --json\n")


def test_session_of_a_deleted_profile_is_still_listed(used_sandbox: Sandbox) -> None:
    """It stays until it expires."""
    used_sandbox.config.write_text("")
    rows = [line.split()[:2] for line in used_sandbox.run("list").stdout.splitlines()[2:]]
    assert rows == [["-", "base"], ["-", "spare"], ["reader", "-"]]


def test_key_pairs_of_other_vaults_are_not_listed(sandbox: Sandbox) -> None:
    """`list` shows only the vault in use."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    Index(str(sandbox.vault)).put(IndexEntry("kwallet", "a" * 32, "WXYZ", "elsewhere"))
    assert sandbox.run("list", "--credentials").stdout == "base\n"


def test_several_names_for_one_key_pair_are_shown(sandbox: Sandbox) -> None:
    """In the table and in JSON, but not in the list of names for scripts."""
    shared = sandbox.aws.world.user("alice").access_key()
    for name in ("dev", "default", "third"):
        sandbox.add(name, shared, "--no-config")
    sandbox.add("ops", sandbox.aws.world.user("bob").access_key(), "--no-config")
    table = sandbox.run("list").stdout
    assert re.search(r"^- +dev \(same key as default \+1\) +-$", table, re.MULTILINE), table
    assert re.search(r"^- +ops +-$", table, re.MULTILINE), table
    document = {row["name"]: row["credentials"]["same_key"] for row in json.loads(sandbox.run("list", "--json").stdout)}
    assert document == {
        "dev": ["default", "third"],
        "default": ["dev", "third"],
        "third": ["dev", "default"],
        "ops": [],
    }
    assert sandbox.run("list", "--credentials").stdout == "dev\ndefault\nthird\nops\n"


HOSTILE = "a\x1b[31m\x9bb\u202ec\u200bd\u3164e"


@pytest.fixture
def hostile_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a session of a profile whose name has escape sequences and invisible characters."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.configure(f"[profile {HOSTILE}]\nrole_arn = {sandbox.aws.world.role('odd').arn}\nsource_profile = base\n")
    assert sandbox.run("exec", HOSTILE, "--", "true").returncode == 0
    return sandbox


@pytest.mark.parametrize("column", ["--profiles", "--sessions", "--json", ""])
def test_names_are_harmless_on_a_terminal(hostile_sandbox: Sandbox, column: str) -> None:
    """A config file can come from anywhere, and its escape sequences would act on the terminal."""
    with open_terminal(hostile_sandbox, [SHELLVAULT, "list", *([column] if column else [])]) as terminal:
        assert terminal.wait_for_exit() == 0
        shown = terminal.output.replace("\r\n", "")
    assert shown.isprintable()
    assert ("a\\u001b[31m\\u009bb\\u202ec\\u200bd\\u3164e" if column == "--json" else "a?[31m?b?c?d?e") in shown


@pytest.mark.parametrize("column", ["--profiles", "--sessions"])
def test_names_go_into_a_pipe_unchanged(hostile_sandbox: Sandbox, column: str) -> None:
    """Completion and scripts pass them back to shellvault."""
    assert HOSTILE in hostile_sandbox.run("list", column).stdout
