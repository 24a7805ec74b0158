"""`lend P -- CMD`: a command on this machine gets an address for a time. `lend` shows it, and `lend --stop` ends it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.endpoint.serving import ROLE
from tests.endpoint.test_clients import PROGRAMS, QUERY
from tests.endpoint.test_exec_server import KEYS, NODE, started
from tests.lend.test_over_ssh import IDENTITY, WRITES
from tests.sandbox import SHELLVAULT, aws_cli, parse_environment

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ASKING = f"echo up; while read line; do echo $({IDENTITY} 2>&1); done"


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_get_the_session(agents: AgentSandbox, program: str) -> None:
    """As with `exec --server`, the environment has no secret."""
    done = agents.run("lend", "reader", "--", *PROGRAMS[program], **NODE)
    assert (done.returncode, done.stdout.split()[:1]) == (0, [ROLE]), done.stderr
    environ = parse_environment(agents.run("lend", "reader", "--", "env", "-0").stdout)
    assert not {*KEYS, "SHELLVAULT_PASSPHRASE_FILE"} & {*environ}
    assert Path(environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).parent == agents.folder


def test_the_command_replaces_shellvault_and_ends_what_is_lent(agents: AgentSandbox) -> None:
    """Signals, exit status and process id are its own."""
    assert agents.run("lend", "reader", "--", "sh", "-c", "exit 7").returncode == 7
    with started(agents, [SHELLVAULT, "lend", "reader", "--for", "90m", "--", "sleep", "600"]) as process:
        wait_until(lambda: json.loads(agents.run("lend", "--json").stdout))
        (shown,) = json.loads(agents.run("lend", "--json").stdout)
        since, until = (time.mktime(time.strptime(shown[name], "%Y-%m-%dT%H:%M:%SZ")) for name in ("since", "until"))
        assert until - since == 90 * 60
        expected = {"profile": "reader", "scope": None, "lent_to": "sleep", "requests": 0, "asked_at": None}
        assert {**expected, "pid": process.pid}.items() <= shown.items()
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
    wait_until(lambda: agents.run("lend").stdout == "Nothing is lent.\n")
    assert not list(agents.folder.glob("token-*"))


def test_it_lasts_an_hour_by_default(agents: AgentSandbox) -> None:
    """A variable may say otherwise, and the option overrides it."""
    script = "shellvault lend --json"
    for words, extra, seconds in (
        ((), {}, 3600),
        ((), {"SHELLVAULT_LEND_FOR": "2h"}, 7200),
        (("--for", "20m"), {"SHELLVAULT_LEND_FOR": "2h"}, 1200),
        (("--for", ""), {}, 3600),
    ):
        done = agents.run("lend", "reader", *words, "--", "sh", "-c", script, **extra)
        (shown,) = json.loads(done.stdout)
        ends = [time.strptime(shown[name], "%Y-%m-%dT%H:%M:%SZ") for name in ("since", "until")]
        assert time.mktime(ends[1]) - time.mktime(ends[0]) == seconds
        assert "shellvault: 'reader' is lent to 'sh' until " in done.stderr


def test_it_ends_before_the_command(agents: AgentSandbox) -> None:
    """By time, or by --stop: programs are told so, and the command goes on."""
    for words, stop, message in (
        (("--for", "5s"), ("lend",), "this was lent until"),
        ((), ("lend", "--stop"), "this is no longer lent: it was taken back"),
    ):
        with started(agents, [SHELLVAULT, "lend", "reader", *words, "--", "sh", "-c", ASKING]) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == "up\n"
            agents.run(*stop)
            wait_until(lambda: agents.run("lend").stdout == "Nothing is lent.\n")
            process.stdin.write("\n")
            process.stdin.flush()
            assert message in process.stdout.readline()
            process.stdin.close()
            assert process.wait() == 0


def test_a_narrowed_session_is_lent_beside_a_wide_one(agents: AgentSandbox) -> None:
    """Each is listed with its scope. AWS refuses the narrow one a write."""
    words = [SHELLVAULT, "lend", "reader", "--", "sleep", "600"]
    with started(agents, words), started(agents, [*words[:3], "--read-only", *words[3:]]):
        wait_until(lambda: len(json.loads(agents.run("lend", "--json").stdout)) == 2)
        shown = agents.run("lend").stdout.splitlines()
        assert shown[0].split() == ["Profile", "Scope", "Lent", "to", "Since", "Until", "Requests"]
        assert sorted(line.split()[1] for line in shown[2:]) == ["-", "ro"]
        assert agents.run("lend", "reader", "--json").stdout == agents.run("lend", "--json").stdout
        assert agents.run("lend", "base", "--json").stdout == "[]\n"
        done = agents.run("lend", "reader", "--read-only", "--", *PROGRAMS["boto3"][:2], WRITES)
        assert done.stdout == "AccessDeniedException\n", done.stderr
        assert len(json.loads(agents.run("lend", "--stop", "--json").stdout)) == 2


@pytest.mark.parametrize("forgets", ["", "SHELLVAULT_VIA"])
def test_a_narrowed_session_stays_narrow_when_another_agent_takes_over(agents: AgentSandbox, forgets: str) -> None:
    """Whatever the policy and the session's name contain; and if what narrows it were lost, there would be none."""
    allow = {"Effect": "Allow", "Action": "sts:*", "Resource": ["*", "arn:aws:s3:::https://example.com/*"]}
    statement = {"Version": "2012-10-17", "Statement": [allow]}
    (agents.sandbox.home / "p.json").write_text(json.dumps(statement))
    words = ["reader", "--policy", "p.json", "--session-name", "ann@host", "--duration", "15m"]
    asking = f"echo up; while read line; do {shlex.join([*PROGRAMS['boto3'][:2], WRITES])} 2>&1; done"
    with started(agents, [SHELLVAULT, "lend", *words, "--", "sh", "-c", asking]) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        claims = agents.socket.with_name(f"{agents.socket.name}.claims")
        os.kill(agents.pid(), signal.SIGKILL)
        wait_until(lambda: not agents.is_answering())
        if forgets:
            found = json.loads(claims.read_text())
            del found["claims"][0]["wish"]["environ"][forgets]
            claims.write_text(json.dumps(found))
        agents.run("clear")
        agents.start()
        process.stdin.write("\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert "written" not in answer
        assert ("AccessDeniedException" in answer) == (not forgets), answer
        agents.run("lend", "--stop")
        process.kill()


def test_it_is_taken_back_from_a_login_with_another_runtime_folder(agents: AgentSandbox) -> None:
    """As `su` and cron have; an empty name, such as a variable that is not set, ends nothing."""
    with started(agents, [SHELLVAULT, "lend", "reader", "--", "sleep", "600"]):
        wait_until(lambda: len(json.loads(agents.run("lend", "--json").stdout)) == 1)
        refused = agents.run("lend", "--stop", "")
        assert (refused.returncode, "error: the profile's name is empty\n" in refused.stderr) == (2, True)
        assert "sleep" in agents.run("lend", XDG_RUNTIME_DIR="").stdout
        ended = agents.run("lend", "--stop", XDG_RUNTIME_DIR="").stdout
        assert ended == "'reader' is no longer lent to 'sleep'.\n"


def test_what_a_shell_uses_itself_is_not_lent(agents: AgentSandbox) -> None:
    """`exec --server` is neither listed nor ended; a lend by the same process is another claim, which ends in time."""
    script = (
        f'eval "$(shellvault env --server reader)"; shellvault lend --stop; {IDENTITY}; '
        f"exec shellvault lend reader --for 4s -- sh -c 'shellvault lend; sleep 5; {IDENTITY} 2>&1'"
    )
    done = agents.sandbox.shell("bash", script)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["Nothing is lent.", ROLE], done.stderr
    assert lines[4].split()[:3] == ["reader", "-", "sh"]
    assert "this was lent until" in lines[-1]


def test_a_key_pairs_session_and_a_role_without_a_profile_can_be_lent(agents: AgentSandbox) -> None:
    """They are called what they are called elsewhere."""
    arn = agents.sandbox.aws.world.role("other").arn
    for words, name, identity in (
        (("base",), "base", "user/alice"),
        (("base", "--role-arn", arn), "111122223333/other", "assumed-role/other/"),
    ):
        done = agents.run("lend", *words, "--region", "eu-west-1", "--", aws_cli(), *QUERY)
        assert identity in done.stdout, done.stderr
        assert f"'{name}' is lent to 'aws' until" in done.stderr


def test_the_log_says_what_was_lent(agents: AgentSandbox) -> None:
    """The key id is that of the session, as CloudTrail shows it; there is no secret in it."""
    done = agents.run("lend", "reader", "--read-only", "--", "sh", "-c", f"{IDENTITY}; cat $AWS_CONTAINER_AUTH*_FILE")
    token = done.stdout.splitlines()[-1]
    text = (agents.sandbox.vault / "log").read_text()
    lent, given = [each for each in map(json.loads, text.splitlines()) if each["event"] in ("lent", "handed over")]
    expected = {"profile": "reader", "scope": "ro", "account": "111122223333", "role": "reader", "program": "sh"}
    assert {**expected, "folder": str(agents.sandbox.home)}.items() <= lent.items()
    assert {**lent, "event": "handed over", "time": given["time"]} == given
    assert lent["key_id"].startswith("ASIA")
    assert token not in text
