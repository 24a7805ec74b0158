"""Shells that trace what they run, or end at the first failure: no secret is shown, and they live on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten, may_try_again, patiently

if TYPE_CHECKING:
    from tests.hook.living import Living
    from tests.sandbox import Sandbox

TRACES = [
    ("bash", "set -x"),
    ("bash", "set -v"),
    ("bash", "exec 7>trace; BASH_XTRACEFD=7; set -xv"),
    ("zsh", "set -x"),
    ("zsh", "set -v"),
    ("fish", "set -g fish_trace 1"),
    ("fish", "set -gx fish_trace all"),
]
STRICT = [
    ("bash", "set -eu -o pipefail", "! true"),
    ("bash", "set -u -o pipefail", "false | true"),
    ("zsh", "set -eu -o pipefail", "! true"),
    ("zsh", "set -u -o pipefail", "false | true"),
]


def ends_at(shell: Living) -> int:
    """Return when the shell's session expires, 0 without one; a trace may stand before what is printed."""
    shell.terminal.type("printf '<%s>\\n' \"$SHELLVAULT_EXPIRES_AT\"")
    found = int(shell.terminal.expect(r"\n<(\d*)>\r?\n").group(1) or 0)
    shell.terminal.expect(re.escape(PROMPT))
    return found


@pytest.mark.parametrize(("name", "trace"), TRACES)
def test_a_traced_shell_shows_no_secret(sandbox: Sandbox, name: str, trace: str) -> None:
    """Through `use`, a refresh in the background and its pick-up, a refresh before a command, and `off`."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        shell.do(trace)
        shell.do(f"shellvault use {SHORT}")
        until = ends_at(shell)
        forgotten(sandbox)
        becomes_due(shell)
        for _turn in patiently("a new session"):
            if ends_at(shell) > until:
                break
        forgotten(sandbox)
        expires_while_idle(shell)
        assert ends_at(shell) > until
        shell.do("shellvault off")
        assert ends_at(shell) == 0
        traced = (sandbox.home / "trace").read_text() if "trace;" in trace else ""
    assert sandbox.aws.world.count("GetSessionToken") == 3
    secrets = sandbox.aws.world.secrets()
    leaked = [number for number, secret in enumerate(secrets) if secret in shell.terminal.output + traced]
    assert len(secrets) == 7
    assert not leaked, "a secret is on the terminal or in the trace"


def fails(shell: Living, line: str) -> None:
    """Type a line that fails, and nothing behind it, so that the hook finds its status."""
    shell.terminal.type(line)
    shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize(("name", "options", "failing"), STRICT)
def test_a_strict_shell_lives_on(sandbox: Sandbox, name: str, options: str, failing: str) -> None:
    """After a failure of the person's own, after refreshes that fail, and after those that do not."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name) as shell:
        shell.do(options)
        until = shell.use(SHORT)
        fails(shell, failing)
        forgotten(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        becomes_due(shell)
        shell.prompts_until("SHELLVAULT_STATE", "due")
        fails(shell, failing)
        expires_while_idle(shell)
        assert "error:" in shell.do("true")
        fails(shell, failing)
        assert shell.value("SHELLVAULT_STATE") == "expired"
        sandbox.aws.faults.clear()
        may_try_again(shell)
        fails(shell, failing)
        assert shell.expires_at() > until
        assert "unbound variable" not in shell.terminal.output
        assert "parameter not set" not in shell.terminal.output
