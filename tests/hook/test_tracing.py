"""Shells that trace commands or exit on errors: no secret is shown, and they survive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, end_backoff, expire_session, make_due, poll

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

TRACES = [
    ("bash", "set -x"),
    ("bash", "set -v"),
    ("bash", "exec 7>trace; BASH_XTRACEFD=7; set -xv"),
    ("bash", 'set -T; trap \'printf "<%s>" "$BASH_COMMAND" >>trace\' DEBUG'),
    ("bash", 'set -T; trap \'printf "<%s>" "$BASH_COMMAND $statements" >>trace\' RETURN'),
    ("bash", 'shopt -s extdebug; trap \'printf "<%s>" "$BASH_COMMAND" >>trace\' DEBUG RETURN'),
    ("bash", 'trap \'printf "<%s>" "$BASH_COMMAND" >>trace\' DEBUG; declare -ft $(compgen -A function)'),
    ("bash", 'set -E; trap \'printf "<%s>" "$BASH_COMMAND" >>trace\' ERR; false'),
    ("zsh", "set -x"),
    ("zsh", "set -v"),
    ("zsh", "TRAPDEBUG() { print -r -- $ZSH_DEBUG_CMD >>trace; }"),
    ("zsh", "trap 'print -r -- $ZSH_DEBUG_CMD >>trace' DEBUG"),
    ("zsh", "functions -t -m '*'"),
    ("zsh", "functions -T -m '*'"),
    ("fish", "set -g fish_trace 1"),
    ("fish", "set -gx fish_trace all"),
]
STRICT = [
    ("bash", "set -eu -o pipefail", "! true"),
    ("bash", "set -u -o pipefail", "false | true"),
    ("zsh", "set -eu -o pipefail", "! true"),
    ("zsh", "set -u -o pipefail", "false | true"),
]


def read_expiry(shell: LiveShell) -> int:
    """Return when the shell's session expires, or 0 if there is none, even if a trace precedes the output."""
    shell.terminal.type("printf '<%s>\\n' \"$SHELLVAULT_EXPIRES_AT\"")
    found = int(shell.terminal.expect(r"\n<(\d*)>\r?\n").group(1) or 0)
    shell.terminal.expect(re.escape(PROMPT))
    return found


@pytest.mark.parametrize(("name", "trace"), TRACES)
def test_traced_shell_shows_no_secret(sandbox: Sandbox, name: str, trace: str) -> None:
    """Through `use`, a background refresh and its pickup, a refresh before a command, and `off`."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(trace)
        shell.run(f"shellvault use {SHORT}")
        until = read_expiry(shell)
        drop_sessions(sandbox)
        make_due(shell)
        for _ in poll("a new session"):
            if read_expiry(shell) > until:
                break
        drop_sessions(sandbox)
        expire_session(shell)
        assert read_expiry(shell) > until
        shell.run("shellvault off")
        assert read_expiry(shell) == 0
        traced = (sandbox.home / "trace").read_text() if ">trace" in trace else ""
        assert bool(traced) == (">trace" in trace)
    assert sandbox.aws.world.count("GetSessionToken") == 3
    secrets = sandbox.aws.world.secrets()
    leaked = [number for number, secret in enumerate(secrets) if secret in shell.terminal.output + traced]
    assert len(secrets) == 7
    assert not leaked, "secret on the terminal or in the trace"


def run_failing(shell: LiveShell, line: str) -> None:
    """Type only a failing line, so that the hook sees its status."""
    shell.terminal.type(line)
    shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize(("name", "options", "failing"), STRICT)
def test_strict_shell_survives(sandbox: Sandbox, name: str, options: str, failing: str) -> None:
    """After a failing command of the user's own, and after failed and successful refreshes."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(options)
        until = shell.use(SHORT)
        run_failing(shell, failing)
        drop_sessions(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        make_due(shell)
        shell.prompt_until("SHELLVAULT_STATE", "due")
        run_failing(shell, failing)
        expire_session(shell)
        assert "error:" in shell.run("true")
        run_failing(shell, failing)
        assert shell.get_variable("SHELLVAULT_STATE") == "expired"
        sandbox.aws.faults.clear()
        end_backoff(shell)
        run_failing(shell, failing)
        assert shell.get_expiry() > until
        assert "unbound variable" not in shell.terminal.output
        assert "parameter not set" not in shell.terminal.output


@pytest.mark.parametrize(
    ("name", "trap", "listing"),
    [
        ("bash", "set -T; trap 'seen=yes' DEBUG; trap ': again' RETURN", "trap -p DEBUG RETURN"),
        ("zsh", "TRAPDEBUG() { seen=yes; }", "functions TRAPDEBUG"),
        ("zsh", "trap 'seen=yes' DEBUG", "trap"),
    ],
)
def test_traps_are_restored_after_use_and_off(sandbox: Sandbox, name: str, trap: str, listing: str) -> None:
    """Also after a failure."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(trap)
        before = shell.run(listing)
        assert "seen=yes" in before
        for line in (f"shellvault use {SHORT}", "shellvault use nobody", "shellvault off"):
            shell.run(line)
            assert shell.run(listing) == before
