"""A profile's name can neither run code nor move the cursor, wherever the segment stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.hook.hostile import TOUCH, between, puts, quiet, unharmed
from tests.hook.living import SHELLS, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

NAMES = {
    f"$({TOUCH})": f"?({TOUCH})",
    f"`{TOUCH}`": f"?{TOUCH}?",
    f"a[$({TOUCH})]${{x:=$({TOUCH})}}": f"a[?({TOUCH})]?{{x:=?({TOUCH})}}",
    f"%F{{red}}%n%{{%}}%($({TOUCH}).": f"?F{{red}}?n?{{?}}?(?({TOUCH}).",
    "\\u@\\h \\[\\e[31m\\] \\033[2J": "?u@?h ?[?e[31m?] ?033[2J",
    "\x1b]0;title\x07\x1b[2J\x1b[31mred": "?]0;title??[2J?[31mred",
    "\x9b31m\x90q\x85next\rback\b\b": "?31m?q?next?back??",
    "right \u202eto left\u2066 and back\u200f": "right ?to left? and back?",
    f"one\n{TOUCH}\n'two'": f"one?{TOUCH}?'two'",
    f"'\"; {TOUCH}; #\"' 🔥 prödüction": f"'\"; {TOUCH}; #\"' 🔥 prödüction",
    "-n " + "x" * 100_000: "-n " + "x" * 37,
}
"""Each name, and how it is shown."""

PLACEMENTS = {
    "bash": (
        "true",  # where the hook itself puts it
        "PS1='<${SHELLVAULT_SEGMENT}> READY> '",
        "PROMPT_COMMAND+=('PS1=\"<$SHELLVAULT_SEGMENT> READY> \"')",
    ),
    "zsh": (
        "true",
        "setopt prompt_subst",
        "setopt prompt_subst; PROMPT='<${SHELLVAULT_SEGMENT}> READY> '",
        'setopt prompt_subst; place() { PROMPT="<$SHELLVAULT_SEGMENT> READY> "; }; precmd_functions+=(place)',
    ),
    "fish": (
        "true",
        "function fish_prompt; printf '<%s> READY> ' $SHELLVAULT_SEGMENT; end",
        "function fish_right_prompt; echo -n $SHELLVAULT_SEGMENT; end",
    ),
}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor or turns its direction; lines end by \\r\\n, and tabs are tabs."""


@pytest.mark.parametrize(("name", "place"), [(name, place) for name in SHELLS for place in PLACEMENTS[name]])
def test_a_name_is_shown_and_nothing_else(sandbox: Sandbox, name: str, place: str) -> None:
    """In the place where the hook puts it, and in those where a person may."""
    with living(sandbox, name, NO_COLOR="1") as shell:
        shell.do("stty cols 300")  # bash scrolls what does not fit
        shell.do(f"{puts(sandbox, shell, {'SHELLVAULT_PROFILE': 'plain'})}; {place}")
        shell.do("true")
        usual = set(CONTROL.findall(between(shell)))
        for hostile, harmless in NAMES.items():
            shell.do(puts(sandbox, shell, {"SHELLVAULT_PROFILE": hostile}))
            shown = quiet(shell, "true")
            assert harmless in shown
            assert set(CONTROL.findall(shown)) <= usual
            assert unharmed(sandbox), hostile


@pytest.mark.parametrize("name", SHELLS)
def test_a_profile_of_such_a_name_is_a_profile_like_any_other(sandbox: Sandbox, name: str) -> None:
    """Through `use`, a refresh in the background, one before a command that fails, and `off`."""
    with_short_sessions(sandbox, 3600)
    hostile = f'$({TOUCH})`{TOUCH}`"%F{{red}}; {TOUCH} \x1b[31m'
    sandbox.configure(f"[profile {hostile}]\nsource_profile = base\n")
    with living(sandbox, name, NO_COLOR="1") as shell:
        shell.do("stty cols 300")
        shell.do(f'{puts(sandbox, shell, {"HOSTILE": hostile})}; shellvault use "$HOSTILE"')
        until = shell.expires_at()
        forgotten(sandbox)
        becomes_due(shell)
        assert shell.newer_than(until) > until > 0
        forgotten(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        expires_while_idle(shell)
        assert "error: " in shell.do("true")
        sandbox.config.write_text("")
        sandbox.aws.faults.clear()
        assert "error: there is no profile '$(touch" in shell.do('shellvault use "$HOSTILE"')
        shell.do("shellvault status; shellvault off")
        assert shell.expires_at() == 0
        assert name == "fish" or not CONTROL.search(shell.terminal.output)  # fish's line editor uses some of its own
        assert "\x1b[31m" not in shell.terminal.output
        assert unharmed(sandbox)
