"""`each` runs a command once for each matching profile and region, with that profile's session, many at a time."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from shellvault.commands.each_output import JsonOutput
from shellvault.commands.each_report import EachRun
from tests.each.conftest import ROLES, account
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

DEV = [f"dev-{number}" for number in range(ROLES)]


def records(printed: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the records in JSON lines by profile and region."""
    found = [json.loads(line) for line in printed.splitlines()]
    return {(record["profile"], record["region"]): record for record in found}


def test_every_line_bears_the_name_of_its_profile(many: Sandbox) -> None:
    """Each run has its own profile's session and no stdin; stdout stays stdout, and stderr stderr."""
    script = "cat; echo $AWS_VAULT $AWS_ACCOUNT_ID $AWS_REGION $AWS_ACCESS_KEY_ID; printf err >&2"
    done = many.run("each", "dev-*", "--", "sh", "-c", script, stdin="not for them")
    lines = [line.split(" | ") for line in sorted(done.stdout.splitlines())]
    assert [(name, said.rsplit(" ", 1)[0]) for name, said in lines] == [
        (name, f"{name} {account(number)} eu-west-1") for number, name in enumerate(DEV)
    ]
    for name, said in lines:
        credential = many.aws.world.credential(said.split()[-1])
        assert credential is not None
        assert f"/{name}/" in credential.principal.arn
    assert sorted(done.stderr.splitlines()) == [f"{name} | err" for name in DEV]


def test_json_has_a_record_for_each_run(many: Sandbox) -> None:
    """As they end: profiles times regions, bytes that are no UTF-8 as U+FFFD, and runs that got no session."""
    script = 'printf "a\\377b é"; printf "\\"x\\"\\n" >&2; [ $AWS_REGION != us-east-1 ] || kill -9 $$'
    words = ("dev-[01]", "prod-1", "--regions", "eu-west-1,us-east-1,eu-west-1", "--yes")
    done = many.run("each", "--json", *words, "--", "sh", "-c", script)
    found = records(done.stdout)
    assert len(found) == len(done.stdout.splitlines()) == 6
    assert found["dev-1", "us-east-1"] == {
        "profile": "dev-1",
        "account": account(1),
        "region": "us-east-1",
        "status": 137,
        "stdout": "a\N{REPLACEMENT CHARACTER}b é",
        "stderr": '"x"\n',
    }
    refused = found["prod-1", "eu-west-1"]
    assert (refused["status"], refused["stdout"]) == (7, "")
    assert refused["stderr"].startswith("error: AWS refused")
    assert (done.returncode, found["dev-0", "eu-west-1"]["status"]) == (137, 0)
    assert (
        "4 of 6 failed: dev-0 (us-east-1) 137, dev-1 (us-east-1) 137, prod-1 (eu-west-1) 7, prod-1 (us-e" in done.stderr
    )


def test_groups_come_in_the_order_of_the_profiles(many: Sandbox) -> None:
    """Whatever ends first: here dev-0 waits for dev-2. The status is the highest of all."""
    script = (
        "case $AWS_VAULT in dev-0) until [ -e ended ]; do sleep 0.02; done;; dev-1) exit 3;; dev-2) : >ended; esac;"
        "echo out of $AWS_VAULT; printf err >&2"
    )
    done = many.run("each", "--group", "dev-[0-2]", "--", "sh", "-c", script)
    assert done.stdout == ("=== dev-0\nout of dev-0\n=== dev-1: exit status 3\n=== dev-2\nout of dev-2\n")
    assert done.stderr == "dev-0 | err\ndev-2 | err\nshellvault: 1 of 3 failed: dev-1 3\n"
    assert done.returncode == 3


def test_no_more_than_jobs_run_at_a_time(many: Sandbox) -> None:
    """The runs count themselves."""
    script = "mkdir at.$AWS_VAULT; ls -d at.* | wc -l; sleep 0.2; ls -d at.* | wc -l; rmdir at.$AWS_VAULT"
    done = many.run("each", "--jobs", "3", "dev-*", "--", "sh", "-c", script)
    seen = {int(line.split()[-1]) for line in done.stdout.splitlines()}
    assert len(done.stdout.splitlines()) == 2 * ROLES
    assert 1 < max(seen) <= 3


def test_hundreds_of_runs_need_few_open_files(many: Sandbox) -> None:
    """Fewer run at a time, rather than failing."""
    regions = ",".join(f"r-{number}" for number in range(150))
    each = shlex.join([SHELLVAULT, "each", "dev-0", "--jobs", "16", "--regions", regions, "--", "echo", "here"])
    done = many.shell("bash", f"ulimit -n 40; {each}")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(line.split()[1] for line in done.stdout.splitlines()) == sorted(regions.split(","))


def test_huge_output_loses_nothing(many: Sandbox) -> None:
    """In lines, as one endless line, and as JSON."""
    script = "yes 0123456789 | head -n 300000; head -c 5000000 /dev/zero | tr '\\0' x"
    lines = many.run("each", "dev-0", "--", "sh", "-c", script).stdout.splitlines()
    assert lines[:300000] == ["dev-0 | 0123456789"] * 300000
    assert "".join(line.removeprefix("dev-0 | ") for line in lines[300000:]) == "x" * 5000000
    (record,) = records(many.run("each", "--json", "dev-0", "--", "sh", "-c", script).stdout).values()
    assert record["stdout"] == "0123456789\n" * 300000 + "x" * 5000000


def test_output_that_has_to_wait_is_limited() -> None:
    """The run that prints too much is ended, and says so; the others keep theirs."""
    written: list[bytes] = []
    runs = [EachRun(name, "") for name in "abc"]
    output = JsonOutput(
        runs, lambda _, data: written.append(data), lambda _: None, lambda _: None, ascii_only=True, most=10
    )
    assert [output.printed(0, 1, b"x" * 8), output.printed(1, 1, b"y" * 2), output.printed(0, 1, b"z")] == [
        *(True, True),
        False,
    ]
    output.ended(0, 137)
    output.ended(1, 0)
    first, second = map(json.loads, written)
    assert (first["stdout"], first["stderr"][:12], second["stdout"]) == ("x" * 8, "error: more ", "yy")
    assert (output.printed(2, 1, b"z" * 10), output.printed(2, 1, b"z")) == (True, False)


def test_profiles_without_credentials_are_skipped_unless_they_are_named(many: Sandbox) -> None:
    """A role without a source is a mistake, and its run fails; one that is named is an error before anything runs."""
    done = many.run("each", "*", "--yes", "--", "echo", "ran")
    assert len(done.stdout.splitlines()) == ROLES + 1
    assert "skipped, because they have no credentials: empty\n" in done.stderr
    assert "rootless | error: profile 'rootless' has a role_arn, but no source of credentials\n" in done.stderr
    assert "failed: prod-1 7, rootless 4\n" in done.stderr
    done = many.run("each", "dev-0", "empty", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (4, "")
    done = many.run("each", "empt*", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_wrong_include_fails_only_its_own_run(sandbox: Sandbox) -> None:
    """If no pattern but a name has chosen such a profile, nothing runs."""
    key = sandbox.aws.world.user("alice").access_key()
    printed = json.dumps({"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret})
    sandbox.configure(f"[profile good]\ncredential_process = echo '{printed}'\n")
    sandbox.configure("[profile astray]\ninclude_profile = nosuch\n[profile ring]\ninclude_profile = ring\n")
    done = sandbox.run("each", "*", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (2, "good   | ran\n")
    assert "astray | error: profile 'astray' names include_profile 'nosuch', which is not in the" in done.stderr
    assert "ring   | error: include_profile loops: ring -> ring\n" in done.stderr
    assert "2 of 3 failed: astray 2, ring 2\n" in done.stderr
    named = sandbox.run("each", "good", "ring", "--", "echo", "ran")
    assert (named.returncode, named.stdout) == (2, "")


def test_patterns_may_begin_with_a_dash(sandbox: Sandbox) -> None:
    """Behind a `--` of their own, options are before it; the command comes after the next one."""
    for name in ("-n", "--json", "x"):
        sandbox.configure(f"[profile {name}]\ncredential_process = false\n")
    done = sandbox.run("each", "--json", "--", "-n", "--js*", "--", "echo", "a", "--", "b")
    assert [key[0] for key in sorted(records(done.stdout))] == ["--json", "-n"]
    assert sandbox.run("each", "--", "-n").returncode == 2
    assert sandbox.run("each", "--", "--", "echo").returncode == 2


@pytest.mark.parametrize(
    ("words", "status", "error", "hint"),
    [
        (("--", "true"), 2, "each: PATTERN is missing", "shellvault each PATTERN [PATTERN …] [options] [-- CMD …]"),
        (("dev-1", "dev-2", "true"), 2, "no command given", "shellvault each PATTERN -- COMMAND"),
        (("dve-*", "--", "true"), 3, "no profile or key pair matches 'dve-*'", "did you mean dev-"),
        (("dev-1", "--jobs=0", "--", "true"), 2, "--jobs: '0' is not a number from 1 to 256", "use a number such"),
        (("dev-1", "--regions=", "--", "true"), 2, "--regions: no region is given", "use a name such as eu-west-1"),
        (("dev-1", "--regions=eu-west-1,U", "--", "true"), 2, "--regions: 'U' is not a region", "use a name such as"),
        (("dev-1", "--region=r", "--regions=r", "--", "true"), 2, "--region and --regions con", "leave out --region"),
        (("dev-1", "--json", "--group", "--", "true"), 2, "--json and --group are two ways to print", "choose one"),
        (("dev-1", "--", "no-such-program"), 127, "there is no program 'no-such-program'", "check the command"),
        (("dev-1", "--", "/etc"), 126, "'/etc' cannot be run: Permission denied", "check its permissions"),
    ],
)
def test_a_wrong_line_runs_nothing(many: Sandbox, words: tuple[str, ...], status: int, error: str, hint: str) -> None:
    """One error, once for all runs, and what to type."""
    done = many.run("each", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(f"error: {error}")
    assert f"\nhint: {hint}" in done.stderr


def test_a_reader_that_leaves_ends_all_runs(many: Sandbox) -> None:
    """As `head` does; nothing complains, and nothing stays behind."""
    done = many.shell(
        "bash", f"{SHELLVAULT} each 'dev-*' -- sh -c 'echo $$; exec yes' | head -n 1; echo ${{PIPESTATUS[0]}}"
    )
    said, status = done.stdout.splitlines()
    assert (status, done.stderr) == ("141", "")
    assert many.command(["sh", "-c", f"kill -0 {said.split()[-1]}"]).returncode != 0


@pytest.mark.parametrize(("closed", "status"), [("2>&-", 0), (">&-", 1), (">&- 2>&- <&-", 1)])
def test_a_closed_stream_holds_nothing_up(many: Sandbox, closed: str, status: int) -> None:
    """The runs end. What goes to stderr is lost; without a stdout there is an error, as in `list`."""
    done = many.shell("sh", f"{SHELLVAULT} each dev-1 -- sh -c 'echo out; echo err >&2' {closed}; echo $? >status")
    assert (many.home / "status").read_text() == f"{status}\n", done.stderr
    assert ("error: the output cannot be written: Bad file descriptor\n" in done.stderr) == (closed == ">&-")
    assert many.shell("sh", f"{SHELLVAULT} each dev-1 -- true {closed}").returncode == 0


def test_programs_of_profiles_run_side_by_side(sandbox: Sandbox) -> None:
    """Each credential_process of four waits for the other three."""
    script = sandbox.home / "program"
    printed = {"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s"}
    script.write_text(
        f": >$1; until [ -e 0 ] && [ -e 1 ] && [ -e 2 ] && [ -e 3 ]; do sleep 0.02; done; echo '{json.dumps(printed)}'"
    )
    for name in range(4):
        sandbox.configure(f"[profile p{name}]\ncredential_process = sh {script} {name}\n")
    done = sandbox.run("each", "p*", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, [f"p{name} | AKIA" for name in range(4)]), (
        done.stderr
    )


def test_an_endpoint_that_is_not_trusted_gets_nothing(many: Sandbox, tmp_path: Path) -> None:
    """No thread forgets to check: what a config file elsewhere names is refused, for sources of profiles as well."""
    config = tmp_path / "config"
    role = many.aws.world.role("top")
    top = f"[profile dev-top]\nrole_arn = {role.arn}\nsource_profile = prod-1\n"
    config.write_text(many.config.read_text().replace("source", f"endpoint_url = {many.aws.url}\nsource") + top)
    before = len(many.aws.world.calls)
    elsewhere = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": "", "SHELLVAULT_TIMEOUT": "2s"}
    done = many.run("each", "dev-[01]", "dev-top", "--", "echo", "ran", **elsewhere)
    assert (done.returncode, done.stdout, len(many.aws.world.calls)) == (2, "", before)
    assert done.stderr.count(f"error: {config} is not trusted, and it names the endpoint") == 3


def test_hostile_names_run_nothing_and_move_no_cursor(sandbox: Sandbox) -> None:
    """In prefixes and headers; JSON has them as they are."""
    name = "a$(touch x) \x1b[2J\u202e`touch y`"
    sandbox.configure(f"[profile '{name}']\ncredential_process = false\n")
    for words in ((), ("--group",)):
        done = sandbox.run("each", *words, "a*", "--", "true")
        assert done.returncode == 8
        assert "a$(touch x) ?[2J?`touch y` | error: " in done.stderr
        assert done.stdout + done.stderr == (done.stdout + done.stderr).replace("\x1b", "").replace("\u202e", "")
    assert [key[0] for key in records(sandbox.run("each", "a*", "--json", "--", "true").stdout)] == [name]
    assert not [path for path in sandbox.files() if path.name in "xy"]


@pytest.mark.usefixtures("sso")
def test_one_sign_in_serves_all_profiles(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """It comes before the first run. Without one, every run fails, and nobody is asked."""
    sandbox.env["SHELLVAULT_SSO_FLOW"] = "browser"
    refused = sandbox.run("each", "reader", "admin", "--no-input", "--", "echo", "ran")
    assert (refused.returncode, refused.stdout, browser.opened) == (6, "", [])
    assert refused.stderr.count("needs a sign-in") == 2
    done = sandbox.run("each", "reader", "admin", "--", "echo", "ran")
    assert (done.returncode, len(done.stdout.splitlines()), len(browser.opened)) == (0, 2, 1), done.stderr
    assert (sandbox.aws.world.count("CreateToken", "ok"), sandbox.aws.world.count("GetRoleCredentials", "ok")) == (1, 2)
