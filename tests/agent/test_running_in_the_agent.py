"""Commands run by the agent do the same as without it, and their clients import next to nothing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from shellvault.system.own_program import find_quick_program
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox

LINES = (
    "env base --shell bash",
    "env base --shell fish",
    "env --unset --shell bash",
    "env nobody --shell bash",
    "env base --shell nosuchshell",
    "exec base --json",
    "exec nobody --json",
    "exec base -- nosuchprogram",
    "exec base -- /",
    "export base --format json",
    "export base --format ini",
    "list",
    "list --json",
    "ls --credentials",
    "list --nosuchoption",
    "status",
    "status --json",
    "status --help",
    "__complete zsh rotate b",
    "__complete fish exec base -- x",
    "__complete fish doctor --",
)
"""Commands that the agent runs; some fail."""

PREPARED_TO_WAIT = (
    *("__future__", "shellvault.core", "shellvault.core.record"),
    *("shellvault.own_process", "shellvault.failed_eval"),
)
"""Modules that a client also imports if the answer takes longer, for example on a busy machine."""
OF_EVERY_PYTHON = ("_collections_abc", "_stat", "abc", "_abc", "genericpath", "os", "posixpath", "stat")
"""Modules that `python -c pass` imports, too."""

VARYING = re.compile(r"\d+[hm]\d+[ms]|\b\d+[hms]\b|locks in .*|^agent .*\n|\"agent\".*", re.MULTILINE)


@pytest.fixture
def warm(agents: AgentSandbox) -> AgentSandbox:
    """Return a sandbox with a cached session and an agent."""
    agents.sandbox.add("base", agents.sandbox.aws.world.user().access_key())
    assert agents.run("exec", "base", "--json").returncode == 0
    agents.start()
    return agents


@pytest.mark.parametrize("line", LINES)
def test_a_command_does_the_same_with_and_without_an_agent(warm: AgentSandbox, line: str) -> None:
    """Its output, messages and status are the same."""
    here, there = warm.run(*line.split(), SHELLVAULT_AGENT="off"), warm.run(*line.split())
    assert (there.returncode, there.stderr) == (here.returncode, here.stderr)
    assert VARYING.sub("", there.stdout) == VARYING.sub("", here.stdout)


@pytest.mark.parametrize("line", ["env base --shell bash", "exec base -- printenv AWS_ACCESS_KEY_ID"])
def test_a_client_imports_the_socket_and_one_module(warm: AgentSandbox, line: str) -> None:
    """Every further import would slow down every command."""
    python, *options = find_quick_program()
    done = warm.sandbox.command([python, "-X", "importtime", *options, *line.split()])
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    after_start = loaded[loaded.index("shellvault") :]
    assert [name for name in after_start if name not in (*PREPARED_TO_WAIT, *OF_EVERY_PYTHON)] == [
        "shellvault",
        "shellvault.__main__",
        "_socket",
    ]
    assert "ASIA" in done.stdout
    assert "site" not in loaded


@pytest.mark.parametrize("agent", ["off", "auto"])
def test_the_hooks_command_finds_installed_packages_when_it_needs_them(warm: AgentSandbox, agent: str) -> None:
    """It starts without looking for any, but obtaining a session takes botocore."""
    warm.run("agent", "stop")
    assert warm.run("clear").returncode == 0
    done = warm.sandbox.command(
        [*find_quick_program(), "exec", "base", "--json"], SHELLVAULT_AGENT=agent, PYTHONPATH="/x"
    )
    assert (done.returncode, "ASIA" in done.stdout) == (0, True), done.stderr


def test_a_cached_session_needs_no_installed_package(warm: AgentSandbox) -> None:
    """So without an agent, too, the hook's command does not look for any."""
    python, *options = find_quick_program()
    command = [python, "-X", "importtime", *options, "env", "base", "--shell", "bash"]
    done = warm.sandbox.command(command, SHELLVAULT_AGENT="off")
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert ("ASIA" in done.stdout, "shellvault.cli" in loaded, "site" in loaded) == (True, True, False)


def test_a_program_gets_its_callers_environment_and_folder(warm: AgentSandbox) -> None:
    """It does not get the agent's."""
    done = warm.run("exec", "base", "--", "sh", "-c", "pwd; env -0", EDITOR="vi $(x)\n'", LC_CTYPE="C")
    folder, _, printed = done.stdout.partition("\n")
    environ = parse_environment(printed)
    assert folder == str(warm.sandbox.home)
    assert (environ["EDITOR"], environ["LC_CTYPE"], environ["AWS_VAULT"]) == ("vi $(x)\n'", "C", "base")


def test_bytes_that_are_not_utf8_are_passed_on_unchanged(warm: AgentSandbox) -> None:
    """They may be in arguments and in variables."""
    odd = os.fsdecode(b"\xff\xfe")
    done = warm.run("exec", "base", "--", "sh", "-c", 'printf %s "$ODD$1"', "sh", odd, ODD=odd)
    assert done.stdout == odd + odd


@pytest.mark.parametrize("agent", ["off", "auto"])
@pytest.mark.parametrize(
    "line", ["exec base -- printenv EVIL", "each base --yes -- printenv EVIL", "env base --shell bash"]
)
def test_a_value_cannot_smuggle_a_variable_in(warm: AgentSandbox, line: str, agent: str) -> None:
    """No environment can hold a NUL byte: the command names the variable, and runs nothing."""
    warm.sandbox.configure("ca_bundle = /tmp/ca\0EVIL=1\n")  # in base's section
    done = warm.run(*line.split(), SHELLVAULT_AGENT=agent)
    assert "the value of AWS_CA_BUNDLE cannot be put into an environment" in done.stderr
    assert (done.returncode, "1" in done.stdout.split()) == (2, False)


@pytest.mark.parametrize("agent", ["off", "auto"])
def test_a_locale_without_utf8_changes_no_byte(warm: AgentSandbox, agent: str) -> None:
    """To the agent, text is UTF-8; so a client that reads it otherwise does its own work."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "SHELLVAULT_AGENT": agent}
    odd = os.fsdecode(b"\xe9 \xc3\xa9")
    done = warm.run("exec", "base", "--", "sh", "-c", 'printf %s "$ODD$1"', "sh", odd, ODD=odd, **ascii_only)
    assert done.stdout == odd + odd
    warm.sandbox.configure("ca_bundle = /tmp/€\n")  # in base's section
    for line in ("exec base -- true", "each base --yes -- true"):
        done = warm.run(*line.split(), **ascii_only)
        assert "the value of AWS_CA_BUNDLE cannot be encoded in this locale" in done.stderr
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
