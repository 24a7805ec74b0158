"""Small models of how popular themes draw: the segment shows exactly once, and says what the shell holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import get_hook_line, load_hook, read_prompt_after, start_configured_shell
from tests.hook.session_states import NEVER, make_due
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

    Fresh = tuple[Sandbox, dict[str, str]]

POWERLEVEL10K = f"""
setopt prompt_subst
POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(theme)
prompt_theme() {{ p10k segment -t '<theme>' -c yes }}
p10k() {{
  local option text condition state front back
  case $1 in reload) drawn=(); return ;; esac
  shift
  while getopts s:f:b:c:t: option; do
    case $option in
      s) state=$OPTARG ;; f) front=$OPTARG ;; b) back=$OPTARG ;; c) condition=$OPTARG ;; t) text=$OPTARG ;;
    esac
  done
  prompt_text+='${{${{:-'$condition'}}:+'$text${{LOOKS+"($state,$front,$back)"}}' }}'
}}
_p9k_precmd() {{
  if (($#drawn == 0)); then drawn=($POWERLEVEL9K_LEFT_PROMPT_ELEMENTS $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS); fi
  prompt_text=''
  local each
  for each in $drawn; do (($+functions[prompt_$each])) && prompt_$each; done
  PROMPT=${{prompt_text}}'{PROMPT}'
  precmd_functions=(${{precmd_functions:#_p9k_precmd}} _p9k_precmd)
}}
precmd_functions+=(_p9k_precmd)
"""
"""Builds PROMPT from a list of segments that it reads once, and runs last of all functions before a prompt."""
PURE = f"""
pure() {{ psvar[12]=; psvar[13]=1; psvar[14]=main; psvar[19]=; PROMPT='%(13V.<theme> .)%(19V.slow .){PROMPT}' }}
precmd_functions+=(pure)
"""
"""Keeps texts of its own in psvar."""
OH_MY_POSH = {
    "bash": f"draw() {{ PS1='<theme> {PROMPT}'; }}\nPROMPT_COMMAND='draw; '${{PROMPT_COMMAND-}}\n",
    "zsh": f"draw() {{ eval \"PROMPT='<theme> {PROMPT}'\" }}\nprecmd_functions+=(draw)\nPROMPT=\n",
    "fish": f"function fish_prompt; sh -c 'printf %s \"<theme> {PROMPT}\"'; end\nfunction fish_mode_prompt; end\n",
}
"""Prints the whole prompt each time; in fish, its mode prompt is empty."""
STARSHIP_ZSH = f"setopt prompt_subst\nPROMPT='$(printf \"<theme> {PROMPT}\")'\n"
TIDE = f"""
function fish_prompt; string replace @ '<theme>' "@ {PROMPT}"; end
functions -e fish_mode_prompt
"""
MODELS = [
    ("zsh", PURE),
    *OH_MY_POSH.items(),
    ("zsh", STARSHIP_ZSH),
    ("fish", TIDE),
]
IDS = ("pure", *(f"oh-my-posh {name}" for name in OH_MY_POSH), "starship", "tide")
EACH_ZSH = pytest.mark.parametrize("version", list_versions("zsh"), ids=str)


def load_theme(sandbox: Sandbox, shell: LiveShell, text: str) -> None:
    """Load a theme from a file."""
    file = sandbox.home / "theme"
    file.write_text(text)
    shell.run(f"source '{file}'")


@pytest.mark.parametrize("order", ["theme first", "hook first"])
@pytest.mark.parametrize(("name", "text"), MODELS, ids=IDS)
def test_segment_precedes_the_theme(fresh_session: Fresh, name: str, text: str, order: str) -> None:
    """It follows what the shell holds."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, list_versions(name)[0], NO_COLOR="1", **session) as shell:
        _load_both(sandbox, shell, text, order)
        shell.run(":")
        assert re.fullmatch(rf"\[short 5\dm\] <theme> {PROMPT}\s*", read_prompt_after(shell, ":"))
        shell.run("export AWS_ACCESS_KEY_ID=other")
        assert re.fullmatch(rf"\[short\?\] <theme> {PROMPT}\s*", read_prompt_after(shell, ":"))


@EACH_ZSH
@pytest.mark.parametrize("order", ["theme first", "hook first"])
def test_powerlevel10k_gets_a_segment_of_its_own(fresh_session: Fresh, version: Version, order: str) -> None:
    """Nobody has to edit their configuration. The segment goes when the hook is removed."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        _load_both(sandbox, shell, POWERLEVEL10K, order)
        shell.run(":")
        assert re.fullmatch(rf"short 5\dm <theme> {PROMPT}", read_prompt_after(shell, ":"))
        shell.run("export AWS_ACCESS_KEY_ID=other")
        assert re.fullmatch(rf"short\? <theme> {PROMPT}", read_prompt_after(shell, ":"))
        assert re.fullmatch(rf"<theme> {PROMPT}", read_prompt_after(shell, "export SHELLVAULT_PROMPT=off"))
        shell.run("unset SHELLVAULT_PROMPT; __shellvault_remove")
        assert re.fullmatch(rf"<theme> {PROMPT}", read_prompt_after(shell, ":"))


@EACH_ZSH
def test_powerlevel10k_shows_each_state_in_its_colour(fresh_session: Fresh, version: Version) -> None:
    """Without colours it says the same in plain text, and its state lets a user choose other colours."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, TERM="xterm", LOOKS="", **session) as shell:
        _load_both(sandbox, shell, POWERLEVEL10K, "theme first")
        shell.run(":")
        for line, look in (
            (":", "(FRESH,green,)"),
            ("SHELLVAULT_DANGER='short*'", "(DANGER,white,red)"),
            ("NO_COLOR=1", "(PLAIN,,)"),
            ("unset NO_COLOR; TERM=dumb", "(PLAIN,,)"),
            ("TERM=xterm SHELLVAULT_DANGER=", "(FRESH,green,)"),
        ):
            assert look in read_prompt_after(shell, line), line
        make_due(shell, refreshes=False)
        assert "(DUE,yellow,)" in read_prompt_after(shell, ":")
        expired = "SHELLVAULT_STAMP= SHELLVAULT_EXPIRES_AT=1000000001; __shellvault_adopt"
        expired += f"; __shellvault_background_at={NEVER}"
        assert "(EXPIRED,red,)" in read_prompt_after(shell, expired)
        assert "(ATTENTION,magenta,)" in read_prompt_after(shell, "AWS_ACCESS_KEY_ID=other")


@EACH_ZSH
@pytest.mark.parametrize("order", ["theme first", "hook first"])
def test_powerlevel10k_has_it_from_the_first_prompt(fresh_session: Fresh, version: Version, order: str) -> None:
    """A new window inherits a session, and its first command may be meant for another account."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        (sandbox.home / "theme").write_text(POWERLEVEL10K)
        lines = [f"source '{sandbox.home}/theme'", get_hook_line("zsh")]
        shown = read_prompt_after(shell, "; ".join(lines if order == "theme first" else lines[::-1]))
        assert re.fullmatch(rf"short 5\dm <theme> {PROMPT}", shown)


@EACH_ZSH
def test_position_chosen_in_powerlevel10k_is_kept(fresh_session: Fresh, version: Version) -> None:
    """After a reload, which resets the list, the segment is shown as well."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, NO_COLOR="1", **session) as shell:
        load_theme(sandbox, shell, f"{POWERLEVEL10K}\nPOWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(shellvault)\n")
        load_hook(shell)
        shell.run(":")
        assert re.fullmatch(rf"<theme> short 5\dm {PROMPT}", read_prompt_after(shell, ":"))
        shell.run("POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(); p10k reload")
        shell.run(":")
        assert re.fullmatch(rf"short 5\dm <theme> {PROMPT}", read_prompt_after(shell, ":"))


@EACH_ZSH
def test_instant_prompt_has_no_segment(fresh_session: Fresh, version: Version) -> None:
    """It is drawn before the hook is loaded, and would show what an earlier shell held."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, **session) as shell:
        load_hook(shell)
        assert shell.run("echo $+functions[prompt_shellvault]$+functions[instant_prompt_shellvault]") == "10"


def _load_both(sandbox: Sandbox, shell: LiveShell, text: str, order: str) -> None:
    if order == "hook first":
        load_hook(shell)
    load_theme(sandbox, shell, text)
    if order == "theme first":
        load_hook(shell)
