"""Starts elvish, nushell and xonsh with the hook, and says what a user types in each."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shellvault.shell.dialects import eval_line, find_dialect
from shellvault.shell.hook_files import loading_line
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import HOOKS
from tests.hook.other_shell import open_other_shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.hook.other_shell import OtherShell
    from tests.sandbox import Sandbox

OTHERS = ("elvish", "nu", "xonsh")
FILE = {"elvish": "shellvault.elv", "nu": "shellvault.nu", "xonsh": "shellvault.xsh"}
SET_PROMPT = {
    "elvish": "set edit:prompt = { put '%s' }",
    "nu": "$env.PROMPT_COMMAND = {|| '%s' }",
    "xonsh": "$PROMPT = '%s'",
}
_SETTINGS = {
    "elvish": "set edit:rprompt = { }",
    "nu": "$env.PROMPT_INDICATOR = ''; $env.PROMPT_COMMAND_RIGHT = ''; $env.config.show_banner = false",
    "xonsh": "$RIGHT_PROMPT = ''; $XONSH_SHOW_TRACEBACK = False; $TITLE = ''",
}
_LOAD_FILE = {
    "elvish": f"eval (slurp <{HOOKS}/shellvault.elv)",
    "nu": f"source {HOOKS}/shellvault.nu",
    "xonsh": f"exec(open('{HOOKS}/shellvault.xsh').read())",
}
_START = {
    "elvish": ("elvish", "-rc"),
    "nu": ("nu", "--no-history", "--env-config", "/dev/null", "--config"),
    "xonsh": ("xonsh", "--rc"),
}
_PRINT = {
    "elvish": "echo '<'$E:{}'>'",
    "nu": "print $\"<($env.{}? | default '')>\"",
    "xonsh": "print('<' + str(@.env.get('{0}', '') or globals().get('{0}', '')) + '>')",
}
QUOTED = {"elvish": "'{}'", "nu": "'{}'", "xonsh": "'{}'"}
REMOVE = {
    "elvish": "eval (shellvault hook elvish --remove | slurp)",
    "nu": "__shellvault_remove; hide shellvault",
    "xonsh": "exec($(shellvault hook xonsh --remove))",
}
STATUS = {
    "elvish": "exited with {}",
    "nu": "status {}",
    "xonsh": "status {}",
}
"""How each shell tells that a program failed: elvish with an exception, which is printed."""
PRINT_STATUS = {
    "elvish": "nop",
    "nu": "print $'status ($env.LAST_EXIT_CODE)'",
    "xonsh": "print('status', __xonsh__.lastcmd.rtn)",
}


@contextmanager
def start_other_shell(
    sandbox: Sandbox,
    name: str,
    *before: str,
    load: str | None = None,
    wrapper: Sequence[str] = (),
    **extra: str,
) -> Iterator[OtherShell]:
    """Start a shell whose own file sets the prompt, runs the lines in `before`, and loads the hook with `load`.

    Without `load`, the hook is the file in the repository, which runs the `shellvault` on PATH.
    """
    lines = [SET_PROMPT[name] % PROMPT, _SETTINGS[name], *before, _LOAD_FILE[name] if load is None else load]
    file = sandbox.home / f"rc.{name}"
    file.write_text("\n".join(lines) + "\n")
    with open_other_shell(sandbox, name, [*wrapper, *_START[name], str(file)], **extra) as shell:
        yield shell


def print_hook_line(name: str) -> str:
    """Return the line that users put into their file; in nushell, the hook is a file of its own."""
    return "" if name == "nu" else loading_line(name)


def load_again(shell: OtherShell) -> None:
    """Load the hook from the repository again, which also ends its delays."""
    shell.run(_LOAD_FILE[shell.name])


def get_variable(shell: OtherShell, name: str) -> str:
    """Return the value of a variable."""
    return shell.run(_PRINT[shell.name].format(name)).rpartition("<")[2].partition(">")[0]


def change(sandbox: Sandbox, shell: OtherShell, **values: str | None) -> str:
    """Set environment variables to whatever text this is, unset those that are None, and return the output."""
    file = sandbox.home / "changes"
    file.write_bytes(os.fsencode(find_dialect(shell.name).render(values)))
    return shell.run(eval_line(shell.name, f"cat {file}"))


def use(shell: OtherShell, profile: str) -> int:
    """Enter a profile's session, and return when it expires."""
    shell.run(f"shellvault use {profile}")
    shell.session_expiry = get_expiry(shell)
    return shell.session_expiry


def get_expiry(shell: OtherShell) -> int:
    """Return when the shell's session expires, or 0 if there is none."""
    return int(get_variable(shell, "SHELLVAULT_EXPIRES_AT") or 0)


def wait_for_session_after(shell: OtherShell, before: int, seconds: float = 30) -> int:
    """Run commands until the shell's session is not the one that expires at `before`; return when it expires."""
    deadline = time.monotonic() + seconds
    while (now := get_expiry(shell)) == before:
        assert time.monotonic() < deadline, "the session was not renewed"
        time.sleep(0.1)
    return now
