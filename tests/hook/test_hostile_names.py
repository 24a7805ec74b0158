"""A profile's name can neither run code nor move the cursor, wherever the segment is placed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shellvault.core.text import quote_name
from tests.hook.hostile_variables import TOUCH, is_unharmed, read_prompt, run_silently, write_exports
from tests.hook.live_shell import SHELLS, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session, make_due

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
    "in\u200bvi\u2060si\ufeffble\u00ad \u115f\u3164\u2800\U000e0041.": "in?vi?si?ble? ????.",
    "v\ufe0fs\U000e0100 \u034f\u061c\u180e\ufff9.": "v?s? ????.",
    f"one\n{TOUCH}\n'two'": f"one?{TOUCH}?'two'",
    f"'\"; {TOUCH}; #\"' 🔥 prödüction": f"'\"; {TOUCH}; #\"' 🔥 prödüction",
    "-n " + "x" * 100_000: "-n " + "x" * 37,
}
"""Each name, and how it is displayed."""

PLACEMENTS = {
    "bash": (
        "true",  # the hook's own placement
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
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Moves the cursor or changes text direction; \\r\\n and tabs are allowed."""


@pytest.mark.parametrize(("name", "place"), [(name, place) for name in SHELLS for place in PLACEMENTS[name]])
def test_name_is_displayed_and_has_no_other_effect(sandbox: Sandbox, name: str, place: str) -> None:
    """In the hook's own placement and in those that users choose."""
    with start_shell(sandbox, name, NO_COLOR="1") as shell:
        shell.run("stty cols 300")  # bash scrolls lines that do not fit
        shell.run(f"{write_exports(sandbox, shell, {'SHELLVAULT_PROFILE': 'plain'})}; {place}")
        shell.run("true")
        usual = set(CONTROL.findall(read_prompt(shell)))
        for hostile, harmless in NAMES.items():
            shell.run(write_exports(sandbox, shell, {"SHELLVAULT_PROFILE": hostile}))
            shown = run_silently(shell, "true")
            assert harmless in shown
            assert set(CONTROL.findall(shown)) <= usual
            assert is_unharmed(sandbox), hostile


@pytest.mark.parametrize("name", SHELLS)
def test_profile_with_a_hostile_name_works_like_any_other(sandbox: Sandbox, name: str) -> None:
    """Through `use`, a background refresh, a failed refresh before a command, and `off`."""
    add_short_profile(sandbox, 3600)
    hostile = f'$({TOUCH})`{TOUCH}`"%F{{red}}; {TOUCH} \x1b[31m'
    sandbox.configure(f"[profile {quote_name(hostile)}]\nsource_profile = base\n")
    with start_shell(sandbox, name, NO_COLOR="1") as shell:
        shell.run("stty cols 300")
        shell.run(f'{write_exports(sandbox, shell, {"HOSTILE": hostile})}; shellvault use "$HOSTILE"')
        until = shell.get_expiry()
        drop_sessions(sandbox)
        make_due(shell)
        assert shell.wait_for_session_after(until) > until > 0
        drop_sessions(sandbox)
        sandbox.aws.faults.next("drop", times=None)
        expire_session(shell)
        assert "error: " in shell.run("true")
        sandbox.config.write_text("")
        sandbox.aws.faults.clear()
        assert "error: no profile or key pair is named '$(touch" in shell.run('shellvault use "$HOSTILE"')
        shell.run("shellvault status; shellvault off")
        assert shell.get_expiry() == 0
        assert name == "fish" or not CONTROL.search(shell.terminal.output)  # fish's line editor uses some itself
        assert "\x1b[31m" not in shell.terminal.output
        assert is_unharmed(sandbox)
