"""`env --server` and `use --server`: a shell's programs ask the endpoint; leaving restores its earlier variables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.role_profiles import add_mfa_role
from tests.commands.shell_syntax import SHELLS as DIALECTS
from tests.commands.shell_syntax import SNAPSHOT, parse_snapshots, write_eval, write_export, write_snapshot_script
from tests.endpoint.serving import ROLE
from tests.endpoint.test_clients import QUERY
from tests.hook.live_shell import SHELLS, start_shell
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

ASK = f"{aws_cli()} {' '.join(QUERY)}"
THEIRS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_PROFILE": "mine",
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/mine",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "mine",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/mine",
    "AWS_REGION": "",
}


@pytest.mark.parametrize("shell", DIALECTS)
def test_programs_ask_the_endpoint_and_unset_restores_the_shell(agents: AgentSandbox, shell: str) -> None:
    """Unset, empty and set variables are all restored, and no secret is in the environment until then."""
    agents.start()
    exports = [write_export(shell, name, f"'{value}'") for name, value in THEIRS.items()]
    lines = [*exports, SNAPSHOT, write_eval(shell, "--server reader"), ASK, SNAPSHOT, write_eval(shell, "--unset")]
    done = agents.sandbox.shell(shell, write_snapshot_script(*lines))
    assert f"{ROLE}\n" in done.stdout, done.stderr
    _start, before, inside, after = parse_snapshots(done.stdout.replace(f"{ROLE}\n", ""))
    assert after == before
    assert inside["AWS_VAULT"] == "reader"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} & {*inside}


def test_switching_leaves_nothing_of_the_previous_mode(agents: AgentSandbox) -> None:
    """The shell switches between a session, an endpoint and `--process`."""
    agents.start()
    alone, last = "--server reader", "--process reader"
    script = write_snapshot_script(
        write_eval("bash", "reader"), SNAPSHOT, write_eval("bash", alone), write_eval("bash", last), SNAPSHOT,
        write_eval("bash", alone), write_eval("bash", "reader"), SNAPSHOT, write_eval("bash", "-u"),
    )  # fmt: skip
    start, session, process, again, end = parse_snapshots(agents.sandbox.shell("bash", script).stdout)
    changing = ("SHELLVAULT_RESTORE",)
    assert {name: value for name, value in again.items() if name not in changing} == {
        name: value for name, value in session.items() if name not in changing
    }
    assert "SHELLVAULT_SERVER" not in process
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in process
    assert process["AWS_PROFILE"] == "reader"
    assert end == start


@pytest.mark.parametrize("name", SHELLS)
def test_the_segment_shows_srv_instead_of_the_time_left(agents: AgentSandbox, name: str) -> None:
    """The claim lasts as long as the shell, or until `off`."""
    agents.start()
    with start_shell(agents.sandbox, name) as shell:
        assert "error" not in shell.run("shellvault use --server reader")
        assert shell.run("true") == ""
        assert _read_segment(shell.get_variable) == ("reader srv", "fresh")
        assert shell.run(ASK) == ROLE
        pid = shell.get_variable("fish_pid") if name == "fish" else shell.run("echo $$")
        assert f"reader to process {pid}" in agents.run("agent").stdout
        assert "through the endpoint 127.0.0.1:" in shell.run("shellvault status")
        shell.run("shellvault off")
        assert _read_segment(shell.get_variable) == ("", "")
    wait_until(lambda: "serves     none" in agents.run("agent").stdout)


@pytest.mark.parametrize("name", SHELLS)
def test_the_segment_shows_why_programs_get_no_session(agents: AgentSandbox, name: str) -> None:
    """It shows that an MFA code is needed until a program gets a session."""
    device = add_mfa_role(agents.sandbox, "region = eu-west-1")
    agents.start()
    with start_shell(agents.sandbox, name) as shell:
        shell.run("shellvault use --server --lazy guarded")
        assert "PersonNeeded" in shell.run(ASK)
        assert _read_segment(shell.get_variable) == ("guarded srv mfa", "mfa")
        assert "MFA code" in shell.run("shellvault status")
        shell.run(f"shellvault exec guarded --mfa-token {device.next_code()} -- true")
        shell.prompt_until("SHELLVAULT_SEGMENT", "guarded srv mfa")
        wait_until(lambda: shell.run(ASK) == ROLE.replace("reader", "guarded"))
        assert _read_segment(shell.get_variable) == ("guarded srv", "fresh")


@pytest.mark.parametrize("name", SHELLS)
def test_other_credentials_are_shown_as_foreign(agents: AgentSandbox, name: str) -> None:
    """Both keys and another endpoint's address take precedence over our endpoint."""
    agents.start()
    unset = "set -e" if name == "fish" else "unset"
    with start_shell(agents.sandbox, name) as shell:
        shell.run("shellvault use --server reader")
        shell.run("export AWS_ACCESS_KEY_ID=AKIAOTHEROTHEROTHER0")
        assert _read_segment(shell.get_variable) == ("reader?", "foreign")
        shell.run(f"{unset} AWS_ACCESS_KEY_ID")
        assert _read_segment(shell.get_variable) == ("reader srv", "fresh")
        shell.run("export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9/x")
        assert _read_segment(shell.get_variable) == ("reader?", "foreign")


def test_status_describes_the_endpoint(agents: AgentSandbox) -> None:
    """If the endpoint does not answer, it says how to enter the profile again. `doctor` mentions the endpoint too."""
    agents.start()
    enter = write_eval("bash", "--server reader")
    script = (
        f"{enter}; sleep 1; shellvault status --json; echo +++; shellvault doctor; echo +++; shellvault agent stop -f; "
    )
    done = agents.sandbox.shell("bash", f"{script} echo +++; shellvault status --json; true", SHELLVAULT_AGENT="auto")
    held, doctor, _stopped, gone = done.stdout.split("+++\n")
    found = json.loads(held)
    assert (found["profile"], found["findings"], found["access_key_id"]) == ("reader", [], None)
    assert found["source"].startswith("endpoint 127.0.0.1:")
    assert (found["account"], found["role"], found["shadowed_by"]) == ("111122223333", "reader", None)
    assert found["expires_at"].endswith("Z")
    assert "programs in this shell ask 127.0.0.1:" in doctor
    again = 'eval "$(shellvault env --server reader)"'
    assert json.loads(gone)["findings"] == [f"the endpoint does not answer programs of this shell: {again}"]


def test_an_envrc_is_refused_with_an_alternative(agents: AgentSandbox) -> None:
    """Direnv's shell ends at once, and the claim would end with it."""
    done = agents.run("env", "--server", "reader", "--shell", "bash", DIRENV_IN_ENVRC="1")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "hint: use shellvault --process PROFILE\n" in done.stderr


def test_the_owner_must_be_a_running_process(agents: AgentSandbox) -> None:
    """Otherwise the claim would end at once."""
    for named in ("999999999", "x", "-1"):
        done = agents.run("env", "--server", "reader", "--shell", "bash", f"--owner={named}")
        assert (done.returncode, done.stdout) == (2, "false\n")
        assert f"error: there is no process '{named}'\n" in done.stderr


def _read_segment(get_variable: object) -> tuple[str, str]:
    assert callable(get_variable)
    return get_variable("SHELLVAULT_SEGMENT"), get_variable("SHELLVAULT_STATE")
