"""`list`: profiles, key pairs and sessions side by side, without reading any secret."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.index import Index, IndexEntry
from tests.broker.cached_sessions import make_due
from tests.commands.role_profiles import add_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ROLE = "arn:aws:iam::123456789012:role/team/Admin"
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


def test_table_says_what_each_name_leads_to(used_sandbox: Sandbox) -> None:
    """One row per profile, then one per key pair without a profile; the state is the time that a session has left."""
    used_sandbox.configure(f"region = eu-west-1\n[profile lost]\nrole_arn = {ROLE}\nsource_profile = missing\n")
    done = used_sandbox.run("list", "--no-input", **LOCKED)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [re.split(r"  +", line) for line in done.stdout.splitlines()]
    assert rows[0] == ["Profile", "Account", "Role", "Region", "Source", "State"]
    assert rows[1] == ["=" * len(title) for title in rows[0]]
    assert [re.sub(r"^(5\dm|1h)$", "left", state) for *_, state in rows[2:]] == ["left", "left", "-", "left"]
    account = used_sandbox.aws.world.role("reader").arn.split(":")[4]
    assert [row[:-1] for row in rows[2:]] == [
        ["base", "-", "-", "-", "key pair"],
        ["reader", account, "reader", "eu-west-1", "base"],
        ["lost", "123456789012", "Admin", "-", "-"],
        ["spare", "-", "-", "-", "key pair only"],
    ]


def test_the_table_fits_the_terminal(used_sandbox: Sandbox) -> None:
    """It has the prompt's colours, unless NO_COLOR is set; in a pipe it has neither colours nor a limit."""
    used_sandbox.configure(f"[profile prod-{'long' * 20}]\nrole_arn = {ROLE}\nsource_profile = base\n")
    script = "read -r _; stty cols 60; exec shellvault list"  # pexpect sets the size, too, before it returns
    green, red, end = "\x1b[32m", "\x1b[1;97;41m", "\x1b[0m"
    for expected, extra in ((True, {"TERM": "xterm"}), (False, {"TERM": "xterm", "NO_COLOR": "1"}), (False, {})):
        with open_terminal(used_sandbox, ["bash", "-c", script], **extra) as terminal:
            terminal.type("")
            assert terminal.wait_for_exit() == 0
            lines = terminal.output.splitlines()
        assert [each in terminal.output for each in (green, f"{red}prod-long", end)] == [expected] * 3
        plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
        assert max(map(len, plain)) <= 60
        assert [line for line in plain if line.startswith("prod-long") and "…  123456789012" in line]
    assert f"prod-{'long' * 20}  123456789012  Admin   -" in used_sandbox.run("list", TERM="xterm").stdout


def _show(sandbox: Sandbox, columns: int = 80) -> list[str]:
    """Return the lines of `list` in a terminal, with their colours."""
    with open_terminal(sandbox, [SHELLVAULT, "list"], columns, TERM="xterm") as terminal:
        assert terminal.wait_for_exit() == 0
        return terminal.output.splitlines()


@pytest.mark.parametrize(
    ("team", "columns"),
    [
        ("search", ["Profile", "Account", "Role", "State"]),
        ("platform-observability", ["Profile", "Account", "State"]),
        ("the-platform-and-observability-team-of-us-all", ["Profile", "Account", "Role", "State"]),  # none fits
        ("x", ["Profile", "Account", "Role", "Region", "State"]),
    ],
)
def test_other_columns_give_way_before_names_look_alike(sandbox: Sandbox, team: str, columns: list[str]) -> None:
    """The source first, then the region and the role; only what no terminal as wide holds is shortened."""
    names = [f"{team}-production-{role}access" for role in ("administrator", "readonly", "poweruser")]
    sso = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n"
    role = "sso_session = corp\nsso_account_id = 400000000002\nsso_role_name = AdministratorAccess\n"
    sandbox.configure(sso + "".join(f"[profile {name}]\nregion = eu-central-1\n{role}" for name in names))
    title, _, *rows = [re.sub(r"\x1b\[[\d;]*m", "", line).split() for line in _show(sandbox)]
    assert title == columns
    shown = [row[0] for row in rows]
    assert shown == names if len(team) < 40 else len(set(shown)) == len(names) and all("…" in name for name in shown)
    assert {row[1] for row in rows} == {"400000000002"}
    assert all(f"{name}  " in sandbox.run("list").stdout for name in names)


def test_a_session_that_is_due_is_yellow(used_sandbox: Sandbox) -> None:
    """As in the prompt; the others are green."""
    make_due(used_sandbox, "AssumeRole")
    states = {line.split()[0]: re.findall(r"\x1b\[(\d+)m\w+\x1b\[0m$", line) for line in _show(used_sandbox)[2:]}
    assert states == {"base": ["32"], "reader": ["33"], "spare": ["32"]}


def test_a_role_without_a_profile_is_a_row(used_sandbox: Sandbox) -> None:
    """It has the name, account and role of its session, and `profile` is what other commands take."""
    role = used_sandbox.aws.world.role("auditor")
    name = f"{role.arn.split(':')[4]}/auditor"
    assert used_sandbox.run("env", "base", "--role-arn", role.arn, "--shell", "bash").returncode == 0
    row = next(line for line in used_sandbox.run("list").stdout.splitlines() if line.startswith(name))
    assert re.fullmatch(rf"{name} +{name.replace('/', ' +')} +- +- +(5\dm|1h)", row)
    (found,) = json.loads(used_sandbox.run("list", "--json", name).stdout)
    account, _, last = name.partition("/")
    assert [found[key] for key in ("profile", "name", "account", "role")] == [name, name, account, last]
    assert (found["credentials"], [each["kind"] for each in found["sessions"]]) == (None, ["sts.AssumeRole"])


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
    """Unknown values are null, times are in UTC, and `profile` is what other commands take."""
    document = json.loads(used_sandbox.run("list", "--json").stdout)
    base, reader, spare = document
    assert list(base) == [
        *("profile", "credentials", "account", "role", "region", "source", "scope", "expires_at", "key_age_days"),
        *("name", "access_key_id", "same_key", "sessions"),
    ]
    account = used_sandbox.aws.world.role("reader").arn.split(":")[4]
    assert list(reader.values())[:7] == ["reader", None, account, "reader", None, "base", None]
    assert (reader["key_age_days"], reader["access_key_id"], reader["same_key"]) == (None, None, [])
    assert [(row["profile"], row["credentials"], row["source"]) for row in (base, spare)] == [
        ("base", "base", "key pair"),
        ("spare", "spare", "key pair"),
    ]
    assert re.fullmatch("…[A-Z2-7]{4}", base["access_key_id"])
    (session,) = reader["sessions"]
    assert session["kind"] == "sts.AssumeRole"
    assert session["expires_at"] == reader["expires_at"]
    assert time.time() < _parse_time(session["refresh_at"]) < _parse_time(session["expires_at"]) <= time.time() + 3601


def _parse_time(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def test_rows_are_sorted_by_any_column(used_sandbox: Sandbox) -> None:
    """In every form of output; rows of which nothing is known come last, in the order of the file."""
    used_sandbox.configure(f"[profile Zoo]\nrole_arn = {ROLE}\nregion = af-south-1\n[profile odd]\nregion = x\n")
    for order, expected in (
        ("name", ["base", "odd", "reader", "Zoo"]),
        ("account", ["reader", "Zoo", "base", "odd"]),
        ("role", ["Zoo", "reader", "base", "odd"]),
        ("region", ["Zoo", "odd", "base", "reader"]),
        ("source", ["reader", "base", "Zoo", "odd"]),
        ("state", [*("reader", "base")[:: _by_end(used_sandbox)], "Zoo", "odd"]),
    ):
        assert used_sandbox.run("list", "--profiles", "--sort", order).stdout.split() == expected
    names = [row["name"] for row in json.loads(used_sandbox.run("list", "--sort=name", "--json", "*[ae]*").stdout)]
    assert names == ["base", "reader", "spare"]
    assert used_sandbox.run("list", "--sort", "name").stdout.splitlines()[-1].startswith("Zoo ")


def _by_end(sandbox: Sandbox) -> int:
    """Return 1 if the session of `reader` ends before that of `base`, or when that does but comes later; else -1."""
    base, reader, *_ = json.loads(sandbox.run("list", "--json").stdout)
    return 1 if reader["expires_at"] < base["expires_at"] else -1


def test_an_unknown_order_is_an_error(sandbox: Sandbox) -> None:
    """With the nearest one."""
    done = sandbox.run("list", "--sort", "acount", "--profiles")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: list: nothing can be sorted by 'acount'\nhint: did you mean --sort account?\n"
    assert sandbox.run("list", "--sort=").stderr.endswith(
        "\nhint: choose one of: name, account, role, region, source, state\n"
    )


def test_patterns_choose_what_is_shown(used_sandbox: Sandbox) -> None:
    """They are those of a shell, on names of profiles and of key pairs, and apply to every form of output."""
    used_sandbox.configure("[profile prod-eu]\n[profile prod-us]\n[profile Prod]\n[profile 'odd [name]']\n")
    for patterns, expected in (
        (["prod-*"], ["prod-eu", "prod-us"]),
        (["*-us", "base"], ["base", "prod-us"]),
        (["[pP]rod*"], ["prod-eu", "prod-us", "Prod"]),
        (["???e"], ["base"]),
        (["odd [[]name]"], ["odd [name]"]),
        (["odd [name]"], ["odd [name]"]),
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
    rows = [line.split()[0] for line in used_sandbox.run("list").stdout.splitlines()[2:]]
    assert rows == ["base", "spare", "reader"]
    gone = json.loads(used_sandbox.run("list", "--json", "reader").stdout)[0]
    assert (gone["profile"], gone["name"], len(gone["sessions"])) == (None, "reader", 1)


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
    assert re.search(r"^dev .* key pair only \(same key as default \+1\) +-$", table, re.MULTILINE), table
    assert re.search(r"^ops .* key pair only +-$", table, re.MULTILINE), table
    document = {row["name"]: row["same_key"] for row in json.loads(sandbox.run("list", "--json").stdout)}
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
