"""How old key pairs are: in `list`, `status` and `doctor`, and in the line that a person gets once a day."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.commands.test_doctor import run_doctor
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.aws.identities import AccessKey, User
    from tests.sandbox import Sandbox

DAY = 86400
LOCKED = {"SHELLVAULT_PASSPHRASE_FILE": ""}
LINE = "shellvault: the key pair of 'prod' is at least 132 days old; to replace it: shellvault rotate prod"
LOAD = 'eval "$(shellvault env prod --shell bash)"'


@pytest.fixture
def user(sandbox: Sandbox) -> User:
    """Return the user of the key pair `prod`."""
    return sandbox.aws.world.user("alice")


@pytest.fixture
def key(sandbox: Sandbox, user: User) -> AccessKey:
    """Return the key pair that is stored as `prod`, today."""
    made = user.access_key()
    sandbox.add("prod", made)
    return made


def make_older(sandbox: Sandbox, key: AccessKey, days: int) -> None:
    """Let AWS have created a key so many days ago."""
    keys = sandbox.aws.world.keys
    found = keys.find(key.id)
    assert found
    keys.add(found.replace(created_at=time.time() - days * DAY - 60))


def store_earlier(sandbox: Sandbox, days: int) -> None:
    """Let every key pair have been stored so many days ago, which is all that is known of its age."""
    file = sandbox.vault / "ages"
    since = int(time.time()) - days * DAY - 60
    file.write_text(re.sub(r" \d+ \w+$", f" {since} stored", file.read_text(), flags=re.MULTILINE))


def read_ages(sandbox: Sandbox) -> dict[str, int | None]:
    """Return the `key_age_days` of each row of `list --json`."""
    return {row["name"]: row["key_age_days"] for row in json.loads(sandbox.run("list", "--json").stdout)}


def count_lists(sandbox: Sandbox) -> int:
    """Return how often AWS was asked for a user's keys."""
    return sandbox.aws.world.count("ListAccessKeys")


@pytest.mark.usefixtures("key")
def test_a_key_pair_is_as_old_as_it_is_stored(sandbox: Sandbox) -> None:
    """Until AWS tells more. On its first day a person is told nothing; what is not a key pair has no age."""
    sandbox.configure("[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = prod\n")
    assert read_ages(sandbox) == {"prod": 0, "role": None}
    assert "key pair  " in sandbox.run("list").stdout
    assert "key pair" not in sandbox.shell("bash", f"{LOAD}; shellvault status").stdout
    store_earlier(sandbox, 12)
    assert read_ages(sandbox) == {"prod": 12, "role": None}
    assert re.search(r"^prod .*  key pair, 12d  ", sandbox.run("list").stdout, re.MULTILINE)
    done = sandbox.shell("bash", f"{LOAD}; shellvault status; shellvault status --json")
    assert "\nkey pair   at least 12 days old\n" in done.stdout
    assert json.loads(done.stdout[done.stdout.index("{") :])["key_age_days"] == 12


@pytest.mark.usefixtures("key")
def test_status_says_how_to_replace_an_old_key_pair(sandbox: Sandbox) -> None:
    """And nothing of a key pair in a shell without its session."""
    store_earlier(sandbox, 132)
    done = sandbox.shell("bash", f"{LOAD}; shellvault status")
    assert "\nkey pair   at least 132 days old; to replace it: shellvault rotate prod\n" in done.stdout
    assert "key pair" not in sandbox.run("status").stdout
    assert json.loads(sandbox.run("status", "--json").stdout)["key_age_days"] is None


def test_doctor_lets_aws_tell_when_a_key_pair_was_created(sandbox: Sandbox, key: AccessKey) -> None:
    """Once: the answer is remembered. Several names of a key pair are one finding, and its fix works."""
    sandbox.add("dev", key, "--no-config")
    make_older(sandbox, key, 132)
    for _ in range(2):
        found = run_doctor(sandbox)
        assert found.find("the key pair of 'prod', 'dev' is 132 days old") == ("warn", "shellvault rotate prod")
        assert found.status == 0
    assert count_lists(sandbox) == 1
    assert read_ages(sandbox) == {"prod": 132, "dev": 132}
    assert sandbox.run("rotate", "prod").returncode == 0
    assert read_ages(sandbox) == {"prod": 0, "dev": 0}
    assert run_doctor(sandbox).find("no key pair is older than 90 days: 'prod' is less than a day old")[0] == "ok"


def test_doctor_asks_once_for_all_keys_of_a_user(sandbox: Sandbox, user: User, key: AccessKey) -> None:
    """Old ones come first."""
    other = user.access_key()
    sandbox.add("other", other, "--no-config")
    make_older(sandbox, key, 100)
    make_older(sandbox, other, 200)
    found = run_doctor(sandbox).findings
    ages = [message for message in found if " days old" in message]
    assert ages == ["the key pair of 'other' is 200 days old", "the key pair of 'prod' is 100 days old"]
    assert count_lists(sandbox) == 1


def test_doctor_unlocks_nothing_to_ask(sandbox: Sandbox, key: AccessKey) -> None:
    """What is known counts; an index of an older version knows nothing, and then the finding says what to do."""
    make_older(sandbox, key, 132)
    for _ in range(2):
        sandbox.run("lock")
        assert run_doctor(sandbox).find("'prod' is new to this vault")[0] == "ok"
        (sandbox.vault / "ages").unlink()
        message = "how old the key pair of 'prod' is, is not known: the vault is locked, so AWS was not asked"
        assert run_doctor(sandbox).find(message) == ("warn", "shellvault unlock, then shellvault doctor")
        assert read_ages(sandbox) == {"prod": None}
        sandbox.add("prod", key)
    assert count_lists(sandbox) == 0


@pytest.mark.parametrize("fault", ["refusal", "hang", "portal", "error500", "drop"])
def test_no_answer_about_an_age_is_no_failure(sandbox: Sandbox, user: User, key: AccessKey, fault: str) -> None:
    """Of `doctor`, which does not wait long; it asks again the next time."""
    make_older(sandbox, key, 132)
    (sandbox.vault / "ages").unlink()
    if fault == "refusal":
        user.deny = {"ListAccessKeys"}
    else:
        sandbox.aws.faults.next(fault, None)
    started = time.monotonic()
    found = run_doctor(sandbox, SHELLVAULT_TIMEOUT="2s")
    assert time.monotonic() - started < 20
    state, _fix = found.find("how old the key pair of 'prod' is, is not known: ")
    assert (state, found.status) == ("warn", 0)
    user.deny = set()
    sandbox.aws.faults.clear()
    assert run_doctor(sandbox).find("the key pair of 'prod' is 132 days old")[0] == "warn"


def test_doctor_asks_with_an_mfa_session_but_for_no_code(sandbox: Sandbox, user: User, key: AccessKey) -> None:
    """Where a key pair has an MFA device, AWS may refuse whatever it signs itself."""
    device = user.mfa_device()
    user.require_mfa_for_iam = True
    sandbox.config.write_text(f"[profile prod]\nmfa_serial = {device.serial}\n")
    make_older(sandbox, key, 132)
    (sandbox.vault / "ages").unlink()
    _state, fix = run_doctor(sandbox).find("is not known: asking AWS takes an MFA code")
    assert (fix, count_lists(sandbox)) == ('eval "$(shellvault env prod)", then shellvault doctor', 0)
    assert sandbox.run("env", "prod", "--shell", "bash", "-t", device.next_code()).returncode == 0
    assert run_doctor(sandbox).find("the key pair of 'prod' is 132 days old")[0] == "warn"


def test_a_rotation_that_fails_has_learned_the_age(sandbox: Sandbox, user: User, key: AccessKey) -> None:
    """It has asked AWS for the user's keys."""
    user.access_key()
    make_older(sandbox, key, 132)
    assert sandbox.run("rotate", "prod").returncode == 7
    assert read_ages(sandbox) == {"prod": 132}


def test_a_resumed_rotation_learns_the_age_of_the_new_key_pair(sandbox: Sandbox, user: User, key: AccessKey) -> None:
    """From AWS: it was created when the first attempt was made."""
    make_older(sandbox, key, 132)
    user.deny = {"DeleteAccessKey"}
    assert sandbox.run("rotate", "prod").returncode == 7
    new = next(each for each in sandbox.aws.world.keys.list_for_user(user.principal) if each.access_key_id != key.id)
    sandbox.aws.world.keys.add(new.replace(created_at=time.time() - 3 * DAY - 60))
    user.deny = set()
    assert sandbox.run("rotate", "prod").returncode == 0
    assert read_ages(sandbox) == {"prod": 3}


def test_an_age_belongs_to_the_key_pair_not_to_its_name(sandbox: Sandbox, key: AccessKey) -> None:
    """Whether it was added or imported; another key pair under the name is new."""
    make_older(sandbox, key, 132)
    run_doctor(sandbox)
    sandbox.add("dev", key, "--no-config")
    lines = f"aws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    (sandbox.home / ".aws/credentials").write_text(f"[imported]\n{lines}")
    assert sandbox.run("import").returncode == 0
    assert read_ages(sandbox) == {"prod": 132, "dev": 132, "imported": 132}
    for name in ("prod", "imported"):
        assert sandbox.run("remove", name, "--force").returncode == 0
    assert read_ages(sandbox) == {"prod": None, "dev": 132, "imported": None}
    sandbox.add("dev", sandbox.aws.world.user("bob").access_key(), "--no-config")
    assert read_ages(sandbox)["dev"] == 0
    sandbox.add("dev", key, "--no-config")
    assert read_ages(sandbox)["dev"] == 0


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("limit", "is_old"), [("", True), ("131", True), ("132d", False), ("off", False), ("0", False)]
)
def test_the_limit_can_be_set(sandbox: Sandbox, limit: str, *, is_old: bool) -> None:
    """In days; the age itself is shown in any case, and an old one is in the colour of what is due."""
    store_earlier(sandbox, 132)
    extra = {"SHELLVAULT_KEY_AGE": limit, **LOCKED}
    sandbox.run("lock")
    assert ("warn", "shellvault rotate prod") in run_doctor(sandbox, **extra).findings.values() or not is_old
    with open_terminal(sandbox, [SHELLVAULT, "list"], TERM="xterm", **extra) as terminal:
        assert terminal.wait_for_exit() == 0
    assert ("\x1b[33mkey pair, 132d" in terminal.output) is is_old
    assert (LINE in terminal.output) is is_old
    shown = sandbox.shell("bash", f"{LOAD}; shellvault status", SHELLVAULT_KEY_AGE=limit).stdout
    assert ("shellvault rotate prod" in shown) is is_old


@pytest.mark.usefixtures("key")
def test_a_limit_that_is_no_number_of_days_is_an_error(sandbox: Sandbox) -> None:
    """Where it is needed. A session is obtained all the same, and a person told."""
    wrong = {"SHELLVAULT_KEY_AGE": "quarterly"}
    message = "SHELLVAULT_KEY_AGE is 'quarterly', which is not a number of days"
    done = sandbox.run("list", **wrong)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"error: {message}")
    assert sandbox.run("list", "--json", **wrong).returncode == 0
    found = run_doctor(sandbox, **wrong)
    assert (found.find(message), found.status) == (("fail", "set SHELLVAULT_KEY_AGE to 90d, or to off"), 2)
    told = type_line(sandbox, f"{LOAD}; echo $AWS_ACCESS_KEY_ID", **wrong)
    assert f"shellvault: {message}: set SHELLVAULT_KEY_AGE to 90d, or to off\r\nASIA" in told


def test_a_clock_that_goes_back_makes_no_age_negative(sandbox: Sandbox, key: AccessKey) -> None:
    """Neither what is stored nor what AWS tells is ever in the future."""
    store_earlier(sandbox, -400)
    assert read_ages(sandbox) == {"prod": 0}
    make_older(sandbox, key, -400)
    assert run_doctor(sandbox).find("'prod' is less than a day old")[0] == "ok"


def type_line(sandbox: Sandbox, line: str, **extra: str) -> str:
    """Return what a terminal shows of a command line in bash."""
    with open_terminal(sandbox, ["bash", "-c", line], **extra) as terminal:
        terminal.wait_for_exit()
        return terminal.output


def let_a_day_pass(sandbox: Sandbox) -> None:
    """Let the last look be more than a day ago."""
    before = time.time() - DAY - 1
    os.utime(sandbox.vault / "reminded", (before, before))


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "line",
    [
        LOAD,
        'eval "$(shellvault use --shell bash prod)"',
        "shellvault exec prod -- true",
        "shellvault login prod --stdout >url",
        "shellvault list",
        "shellvault status",
    ],
)
def test_one_line_a_day_tells_a_person_of_an_old_key_pair(sandbox: Sandbox, line: str) -> None:
    """Whichever command comes first; the others say nothing on that day."""
    store_earlier(sandbox, 132)
    shown = type_line(sandbox, f"{line}; echo status $?")
    assert (shown.count(f"{LINE}\r\n"), "status 0" in shown) == (1, True)
    for again in (line, LOAD, "shellvault list"):
        assert LINE not in type_line(sandbox, again)
    let_a_day_pass(sandbox)
    assert type_line(sandbox, line).count(LINE) == 1


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "line",
    [
        "shellvault env prod --shell bash >out 2>errors",
        'eval "$(shellvault env prod --shell bash 2>errors)"; shellvault env --refresh --shell bash >out',
        'eval "$(shellvault env prod --shell bash --no-input)"',
        "shellvault exec --json prod >out",
        "shellvault list --json",
        "shellvault list --profiles >out",
        "shellvault list | cat",
        "shellvault status --json",
        'file="$(shellvault status --stamp prod)"',
        'eval "$(shellvault env --unset --shell bash)"',
        "shellvault hook bash >out",
        "shellvault export prod >out",
    ],
)
def test_programs_and_scripts_get_no_line(sandbox: Sandbox, line: str) -> None:
    """Nor do the hook and direnv; and whoever types a command later still gets it."""
    store_earlier(sandbox, 132)
    assert LINE not in type_line(sandbox, line)
    assert LINE not in "".join(file.read_text() for file in sandbox.home.iterdir() if file.name in ("out", "errors"))
    assert type_line(sandbox, LOAD).count(LINE) == 1


@pytest.mark.usefixtures("key")
def test_several_old_key_pairs_are_one_line(sandbox: Sandbox, key: AccessKey) -> None:
    """About the oldest one, with all its names."""
    sandbox.add("dev", key, "--no-config")
    for number, days in enumerate((100, 95)):
        other = sandbox.aws.world.user(f"user{number}").access_key()
        sandbox.add(f"other{number}", other, "--no-config")
        make_older(sandbox, other, days)
    make_older(sandbox, key, 132)
    run_doctor(sandbox)
    start, end = (
        "shellvault: the key pair of 'prod', 'dev' is 132 days old",
        "; to replace it: shellvault rotate prod\r\n",
    )
    assert f"{start}, and 2 more are older than 90 days{end}" in type_line(sandbox, LOAD)
    assert sandbox.run("remove", "other1", "--force").returncode == 0
    let_a_day_pass(sandbox)
    assert f"{start}, and 1 more is older than 90 days{end}" in type_line(sandbox, LOAD)


@pytest.mark.usefixtures("key")
def test_a_failed_command_has_other_things_to_say(sandbox: Sandbox) -> None:
    """The line comes with the next one that succeeds."""
    store_earlier(sandbox, 132)
    assert LINE not in type_line(sandbox, "shellvault exec nobody --no-input -- true")
    assert LINE in type_line(sandbox, LOAD)


@pytest.mark.usefixtures("key")
def test_nothing_is_said_where_nobody_can_remember_it(sandbox: Sandbox) -> None:
    """Otherwise each command would say it again."""
    store_earlier(sandbox, 132)
    (sandbox.vault / "reminded").mkdir()
    let_a_day_pass(sandbox)
    assert LINE not in type_line(sandbox, LOAD)


@pytest.mark.usefixtures("key")
def test_a_day_on_which_the_look_was_taken_reads_no_ages(sandbox: Sandbox) -> None:
    """A command that has its session reads and writes no more than without this."""
    store_earlier(sandbox, 132)
    type_line(sandbox, LOAD)
    type_line(sandbox, "strace -f -o trace -e trace=openat shellvault env prod --shell bash >out")
    opened = (sandbox.home / "trace").read_text()
    assert f'{sandbox.vault}/index"' in opened
    assert [name for name in ("ages", "reminded", "key_age") if f"/{name}" in opened] == []
