"""`exec --server`: the command and its programs get credentials from the agent for as long as the command runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_mfa_role
from tests.endpoint.serving import NODE_PACKAGES, ROLE
from tests.endpoint.test_clients import BOTO3, IDENTITY, PROGRAMS, QUERY
from tests.sandbox import SHELLVAULT, aws_cli, parse_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agent.agent_sandbox import AgentSandbox

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
SECRET_FILE = "[{name}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n"
NODE = {"NODE_PATH": str(NODE_PACKAGES)}


@contextmanager
def started(agents: AgentSandbox, argv: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command in the background until the end of the `with` block at most."""
    pipe, env, cwd = subprocess.PIPE, agents.sandbox.env, agents.sandbox.home
    with subprocess.Popen(argv, env=env, cwd=cwd, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def seen(agents: AgentSandbox, *words: str, **extra: str) -> dict[str, str]:
    """Return the environment of a command run by `exec --server` with these arguments."""
    done = agents.run("exec", "--server", *words, "--", "env", "-0", **extra)
    assert done.returncode == 0, done.stderr
    return dict(parse_environment(done.stdout))


def test_environment_has_an_address_and_no_secret(agents: AgentSandbox) -> None:
    """Nothing that any SDK prefers to the endpoint is left. The profile's name, region and account are set."""
    theirs = {
        **dict.fromkeys(KEYS, "theirs"),
        "AWS_PROFILE": "base",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/theirs",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/theirs",
        "AWS_ROLE_ARN": "",
    }
    environ = seen(agents, "reader", **theirs)
    assert not {*KEYS, "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} & {
        *environ
    }
    assert environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.1:")
    assert environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].startswith(str(agents.folder))
    empty = Path(environ["AWS_SHARED_CREDENTIALS_FILE"])
    assert (empty.read_text(), empty.stat().st_mode & 0o777) == ("", 0o400)  # what is written there would be lost
    expected = {"AWS_VAULT": "reader", "SHELLVAULT_PROFILE": "reader", "AWS_REGION": "eu-west-1"}
    assert expected.items() <= environ.items()
    assert environ["AWS_ACCOUNT_ID"] == "111122223333"
    assert "AWS_CREDENTIAL_EXPIRATION" not in environ


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("spelling", ["--server", "--ecs-server", "-s"])
def test_programs_get_the_session(agents: AgentSandbox, program: str, spelling: str) -> None:
    """aws-vault's spellings of the option work too. Plaintext keys in either file do not take precedence."""
    agents.sandbox.configure("[default]\nregion = eu-west-1\noutput = text\n")
    with agents.sandbox.config.open("a") as config:
        config.write(SECRET_FILE.format(name="profile other") + "credential_process = false\n")
    (agents.sandbox.config.parent / "credentials").write_text(SECRET_FILE.format(name="default"))
    done = agents.run("exec", spelling, "reader", "--", *PROGRAMS[program], **NODE)
    assert (done.returncode, done.stdout.split()[:1]) == (0, [ROLE]), done.stderr


def test_credentials_of_the_default_profile_are_not_used(agents: AgentSandbox) -> None:
    """SDKs would prefer them to the endpoint. Its other settings are kept, and other profiles ask shellvault."""
    settings = "role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\noutput = text\nregion = eu-west-1\n"
    agents.sandbox.configure(f"[default]\n{settings}")
    words = (
        "sh",
        "-c",
        f"{aws_cli()} sts get-caller-identity --query Arn; {aws_cli()} --profile base {' '.join(QUERY)}",
    )
    done = agents.run("exec", "--server", "reader", "--", *words)
    assert done.stdout.split() == [ROLE, "arn:aws:iam::111122223333:user/alice"], done.stderr


@pytest.mark.parametrize(
    "argv", [(sys.executable, "-c", BOTO3, "6"), ("node", str(IDENTITY), "6")], ids=["boto3", "js"]
)
def test_a_command_outlives_five_sessions(agents: AgentSandbox, argv: tuple[str, ...]) -> None:
    """It is started once and sees no error, and AWS is called once for each session."""
    agents.sandbox.aws.world.session_life = 6
    done = agents.run("exec", "--server", "reader", "--", *argv, **NODE)
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {ROLE}
    assert agents.sandbox.aws.world.count("AssumeRole") <= 7


def test_lazy_obtains_nothing_before_a_program_asks(agents: AgentSandbox) -> None:
    """Without `--lazy`, the first session is obtained before the command starts."""
    world = agents.sandbox.aws.world
    assert agents.run("exec", "--server", "--lazy", "reader", "--", "true").returncode == 0
    assert world.count("AssumeRole") == 0
    assert agents.run("exec", "--server", "--lazy", "reader", "--", aws_cli(), *QUERY).stdout.split() == [ROLE]
    assert world.count("AssumeRole") == 1
    assert agents.run("exec", "--server", "reader", "--", "true").returncode == 0
    assert world.count("AssumeRole") == 1


def test_an_error_keeps_the_command_from_starting(agents: AgentSandbox) -> None:
    """With `--lazy`, the command starts, and its programs get the error."""
    add_mfa_role(agents.sandbox, "region = eu-west-1")
    done = agents.run("exec", "--server", "guarded", "--no-input", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (6, "")
    lazy = agents.run("exec", "--server", "--lazy", "guarded", "--no-input", "--", aws_cli(), *QUERY)
    assert lazy.returncode != 0
    assert "PersonNeeded" in lazy.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--server", "--process", "reader"), "--process and --server are two ways to ask"),
        (("--server", "--json", "reader"), "--json prints the session and runs nothing"),
        (("--lazy", "reader"), "--lazy goes with --server"),
        (("--server", "--no-session", "base"), "a key pair itself is not handed out over HTTP"),
        (("--ec2-server", "reader"), "needs root"),
    ],
)
def test_what_cannot_be_served_is_refused(agents: AgentSandbox, words: tuple[str, ...], message: str) -> None:
    """The error gives the reason, and the command is not run."""
    done = agents.run("exec", *words, "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_server_modes_that_cannot_work_say_what_they_need(agents: AgentSandbox) -> None:
    """`--server` needs an agent, so it fails with SHELLVAULT_AGENT=off. aws-vault's `proxy` needs root."""
    done = agents.run("exec", "--server", "reader", "--", "true", SHELLVAULT_AGENT="off")
    assert (done.returncode, agents.pids()) == (2, [])
    assert done.stderr.startswith("error: --server needs the agent, which SHELLVAULT_AGENT=off forbids\n")
    assert "needs root" in agents.run("proxy").stderr


def test_the_command_replaces_shellvault(agents: AgentSandbox) -> None:
    """Signals, exit status and process id are its own. Its claim ends with it, and so does an agent started for it."""
    argv = [SHELLVAULT, "exec", "--server", "reader", "--", "sleep", "600"]
    with started(agents, argv) as process:
        wait_until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n")
        assert f"reader to process {process.pid}" in agents.run("agent").stdout
        assert [path.name for path in agents.folder.glob("token-*")] != []
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
    wait_until(lambda: not agents.pids())
    wait_until(lambda: list(agents.folder.iterdir()) == [])
    assert agents.run("exec", "--server", "reader", "--", "sh", "-c", "exit 7").returncode == 7


def test_an_agent_that_was_already_running_stays(agents: AgentSandbox) -> None:
    """Only an agent that was started for the command ends with it."""
    before = agents.start()
    assert agents.run("exec", "--server", "reader", "--", "true").returncode == 0
    wait_until(lambda: "serves     none" in agents.run("agent").stdout)
    assert agents.pids() == [before]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_next_agent_takes_over(agents: AgentSandbox, number: int) -> None:
    """The command's programs keep using the same address and token."""
    agents.start()
    script = f"{aws_cli()} {' '.join(QUERY)} && read x && {aws_cli()} {' '.join(QUERY)}"
    argv = [SHELLVAULT, "exec", "--server", "reader", "--", "sh", "-c", script]
    with started(agents, argv) as process:
        assert process.stdout
        assert process.stdout.readline() == f"{ROLE}\n"
        os.kill(agents.pid(), number)
        wait_until(lambda: not agents.pids())
        agents.start()
        wait_until(lambda: "reader to process" in agents.run("agent").stdout)
        assert process.communicate("go\n")[0] == f"{ROLE}\n"


def test_an_agent_with_claims_is_not_stopped_by_accident(agents: AgentSandbox) -> None:
    """`agent stop` names the claims and fails; with --force, it stops the agent and removes them."""
    agents.start()
    argv = [SHELLVAULT, "exec", "--server", "reader", "--", "sleep", "600"]
    with started(agents, argv) as process:
        wait_until(lambda: "reader to process" in agents.run("agent").stdout)
        done = agents.run("agent", "stop")
        assert done.returncode == 2
        assert f"reader to process {process.pid}" in done.stderr
        assert agents.run("agent", "stop", "--force").returncode == 0
        wait_until(lambda: not agents.pids() and not list(agents.folder.iterdir()))


def test_clear_reaches_the_endpoint(agents: AgentSandbox) -> None:
    """The next program gets a new session, even within a running command."""
    script = f"{aws_cli()} {' '.join(QUERY)}; shellvault clear; {aws_cli()} {' '.join(QUERY)}"
    done = agents.run("exec", "--server", "reader", "--", "sh", "-c", script)
    assert done.stdout.count(ROLE) == 2, done.stderr
    assert agents.sandbox.aws.world.count("AssumeRole") == 2


def test_a_credential_process_is_run_when_a_program_asks(agents: AgentSandbox) -> None:
    """The agent does not run the user's programs itself, but starts a separate process for that."""
    key = agents.sandbox.aws.world.user("bob").access_key()
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    script = agents.sandbox.home / "program"
    script.write_text(
        f'#!/bin/sh\necho ran >>"$HOME/runs"\necho \'{{"Version": 1, "AccessKeyId": "{key.id}", '
        f'"SecretAccessKey": "{key.secret}", "SessionToken": "", "Expiration": "{end}"}}\'\n'
    )
    script.chmod(0o700)
    agents.sandbox.configure(f"[profile program]\ncredential_process = {script}\nregion = eu-west-1\n")
    done = agents.run("exec", "--server", "--lazy", "program", "--", aws_cli(), *QUERY)
    assert done.stdout == "arn:aws:iam::111122223333:user/bob\n", done.stderr
    assert (agents.sandbox.home / "runs").read_text() == "ran\n"


def test_a_role_without_a_profile_is_served(agents: AgentSandbox) -> None:
    """The agent obtains it again after the first session is gone, whatever the variables of the options say."""
    arn = agents.sandbox.aws.world.role("other").arn
    script = f"{SHELLVAULT} clear >&2 && exec {aws_cli()} sts get-caller-identity"
    words = ("exec", "--server", "base", "--region", "eu-west-1", "--", "sh", "-c", script)
    done = agents.run(*words, SHELLVAULT_ROLE_ARN=arn)
    assert "assumed-role/other/" in done.stdout, done.stderr
    assert agents.sandbox.aws.world.count("AssumeRole") == 2
