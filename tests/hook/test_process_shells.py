"""Shells in which programs ask shellvault: the generated config file follows the user's own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, add_short_profile, start_shell

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

COUNTING = '#!/bin/sh\necho "$*" >>"$HOME/started"\nexec shellvault "$@"\n'


def count_starts(shell: LiveShell, sandbox: Sandbox) -> Path:
    """Let the hook start a program that records each start, and return the record."""
    counting = sandbox.home / "counting"
    counting.write_text(COUNTING)
    counting.chmod(0o700)
    is_fish = shell.name == "fish"
    shell.run("set -g __shellvault_program ~/counting" if is_fish else "__shellvault_program=(~/counting)")
    return sandbox.home / "started"


@pytest.mark.parametrize("name", SHELLS)
def test_a_changed_config_is_picked_up_at_the_next_prompt(sandbox: Sandbox, name: str) -> None:
    """One process runs per change, and none without one. A broken config file changes nothing."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        assert shell.run("shellvault use --process short") == ""
        generated = Path(shell.get_variable("AWS_CONFIG_FILE"))
        started = count_starts(shell, sandbox)
        for _ in range(3):
            shell.run("true")
        assert not started.exists()
        sandbox.configure("[profile added]\nregion = eu-west-3\n")
        os.utime(sandbox.config, (time.time() + 60, time.time() + 60))
        shell.run("true")
        assert "[profile added]" in generated.read_text()
        sandbox.configure("[profile broken\n")
        os.utime(sandbox.config, (time.time() + 120, time.time() + 120))
        for _ in range(3):
            assert shell.run("true") == ""
        assert "[profile added]" in generated.read_text()
        assert len(started.read_text().splitlines()) == 2
