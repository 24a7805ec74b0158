"""Tools the hook has to coexist with: starship, direnv, and a stand-in for bash-preexec.

The real bash-preexec is not packaged in Debian (whose atuin and ble.sh only refer to it), npm or PyPI.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.shells.shell_versions import find_starship

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

PREEXEC = r"""
__bp_imported=defined
__bp_status() { return "$1"; }
__bp_prompt_begins() {
  __bp_last=$?
  local each
  for each in "${precmd_functions[@]}"; do
    __bp_status "$__bp_last"
    "$each"
  done
  __bp_status "$__bp_last"
}
__bp_interactive_mode() { __bp_typed=1; }
__bp_command_begins() {
  local each
  [[ -t 1 && -n ${__bp_typed-} ]] || return 0
  __bp_typed=
  [[ ";${PROMPT_COMMAND//$'\n'/;};" != *";$BASH_COMMAND;"* ]] || return 0
  for each in "${preexec_functions[@]}"; do
    "$each" "$BASH_COMMAND"
  done
}
__bp_install() {
  trap __bp_command_begins DEBUG
  local others=${PROMPT_COMMAND//__bp_install/:}
  PROMPT_COMMAND=$'__bp_prompt_begins\n'"$others"
  if [[ ${__bp_in_an_array-} && ! $BASH_VERSION < 5.1 ]]; then
    PROMPT_COMMAND+=(__bp_interactive_mode)
  else
    PROMPT_COMMAND+=$'\n__bp_interactive_mode'
  fi
}
PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__bp_install
"""
"""The mechanism of bash-preexec, abridged.

A DEBUG trap runs functions before each typed command, recognized by `__bp_interactive_mode` having run last in
PROMPT_COMMAND: at the end of its first element, or, where bash runs all, as an element of its own.
"""

STARSHIP = """\
add_newline = false
format = "<$status>($aws)READY> "
[status]
disabled = false
format = "$status"
success_symbol = "0"
[aws]
format = "{$profile $region $duration} "
"""


def install_tools(sandbox: Sandbox) -> None:
    """Install the tools' files into a sandbox, with a folder `project` whose .envrc direnv loads."""
    (sandbox.home / "preexec.bash").write_text(PREEXEC)
    (sandbox.home / "starship.toml").write_text(STARSHIP)
    project = sandbox.home / "project"
    project.mkdir()
    (project / ".envrc").write_text("export HERE=project\n")
    assert sandbox.command(["direnv", "allow", str(project)]).returncode == 0
    for shell in ("bash", "zsh", "fish") if find_starship() else ():
        (sandbox.home / f"starship.{shell}").write_text(_starship_init(sandbox, shell))


def get_load_line(sandbox: Sandbox, shell: str, tool: str) -> str:
    """Return the line that loads a tool into a shell."""
    lines = {
        "starship": f"source {sandbox.home}/starship.{shell}",
        "direnv": "direnv hook fish | source" if shell == "fish" else f'eval "$(direnv hook {shell})"',
        "preexec": f"source {sandbox.home}/preexec.bash; preexec_functions+=(typed)",
        "newer preexec": f"__bp_in_an_array=1; source {sandbox.home}/preexec.bash; preexec_functions+=(typed)",
    }
    return lines[tool]


def get_tool_environment(home: Path) -> dict[str, str]:
    """Return the variables that configure the tools."""
    find_starship = {"STARSHIP_CONFIG": str(home / "starship.toml"), "STARSHIP_CACHE": str(home), "TERM": "xterm"}
    return {**find_starship, "DIRENV_LOG_FORMAT": ""}


def _starship_init(sandbox: Sandbox, shell: str) -> str:
    """Return starship's init script, calling the starship that was found: it names the loader it runs under."""
    printed = sandbox.command([find_starship(), "init", shell, "--print-full-init"]).stdout
    return re.sub(r"'?\"?/[^\s'\"]*/ld-linux[^\s'\"]*'?\"?", find_starship(), printed)
