"""The segment in elvish, nushell and xonsh: text, state and colour, and no effect of what a name holds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.text import quote_name
from tests.hook.hooked_other_shell import (
    OTHERS,
    change,
    get_expiry,
    get_variable,
    start_other_shell,
    use,
    wait_for_session_after,
)
from tests.hook.hostile_variables import TOUCH, is_unharmed
from tests.hook.live_shell import add_short_profile
from tests.hook.rendered_screen import Segment
from tests.hook.session_states import KEYS, drop_sessions
from tests.hook.test_hostile_names import CONTROL, NAMES
from tests.hook.test_segment import DANGERS, STATES

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.hook.other_shell import OtherShell
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", OTHERS)
ESCAPE = re.compile(r"\x1b\[31m|\x1b\[2J|\x1b\]0;title")
"""What the hostile names would do to the terminal."""


@EACH
def test_every_state_has_its_text_and_color(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Fresh, refreshing, due, needs MFA, locked, expired: on the screen and in variables."""
    with _start_without_renewal(sandbox, name) as shell:
        stamp = tmp_path / "stamp"
        for state, due, expires, word, text, colour in STATES:
            stamp.write_text(f"0 0 {word}\n")
            _set_session(sandbox, shell, "dev", due, expires, str(stamp))
            shown = shell.segment
            assert shown == Segment(shown.text if shown else "", colour, "default", bold=False), (state, word)
            assert re.fullmatch(text, shown.text), shown
            assert re.fullmatch(text, get_variable(shell, "SHELLVAULT_SEGMENT"))
            assert get_variable(shell, "SHELLVAULT_STATE") == state


@EACH
def test_dangerous_profiles_stand_out(sandbox: Sandbox, name: str) -> None:
    """White on red if a pattern in SHELLVAULT_DANGER matches, from the next prompt on; patterns are never executed."""
    with _start_without_renewal(sandbox, name) as shell:
        for profile, patterns, dangerous in (*DANGERS, ("dev.x", "d?v.x", True), ("devxx", "dev.x", False)):
            _set_session(sandbox, shell, profile, 2000, 3500, SHELLVAULT_DANGER=patterns)
            shown = shell.segment
            assert shown is not None
            assert shown.look == (("white", "red", True) if dangerous else ("green", "default", False)), patterns
    assert not list(sandbox.home.rglob("x"))


@EACH
def test_settings_take_effect_at_the_next_prompt(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_PROMPT=off hides the segment, not its variables; NO_COLOR and TERM=dumb remove its colour."""
    plain = Segment("dev 58m", "default", "default", bold=False)
    with _start_without_renewal(sandbox, name) as shell:
        _set_session(sandbox, shell, "dev", 2000, 3500, SHELLVAULT_PROMPT="off")
        assert shell.segment is None
        assert get_variable(shell, "SHELLVAULT_SEGMENT") == "dev 58m"
        change(sandbox, shell, SHELLVAULT_PROMPT=None, NO_COLOR="1")
        assert shell.segment == plain
        change(sandbox, shell, NO_COLOR=None, TERM="dumb")
        assert shell.segment == plain
        change(sandbox, shell, TERM="xterm", SHELLVAULT_SCOPE="ro")
        assert shell.segment == Segment("dev ro 58m", "green", "default", bold=False)


@EACH
def test_name_is_displayed_and_has_no_other_effect(sandbox: Sandbox, name: str) -> None:
    """The names hold code, escapes, invisible and reversing characters, and fields of xonsh's prompts."""
    fields = {"{RED}{user}{$HOME}{cwd": "{RED}{user}{?HOME}{cwd", "a''b\"": "a''b\""}
    with _start_without_renewal(sandbox, name) as shell:
        for hostile, harmless in {**NAMES, **fields}.items():
            _set_session(sandbox, shell, hostile, 2000, 3500)
            mark = len(shell.raw)
            shell.run("echo")
            assert get_variable(shell, "SHELLVAULT_SEGMENT") == f"{harmless} 58m"
            assert shell.segment is not None
            shown = shell.prompt.replace("🔥 ", "🔥")  # pyte fills the second column of a wide character
            assert shown.startswith(f"[{harmless.replace('🔥 ', '🔥')} 58m] ")
            assert not CONTROL.search(shown)
            assert not ESCAPE.search(shell.raw[mark:])
            assert is_unharmed(sandbox), hostile


@EACH
def test_profile_with_a_hostile_name_works_like_any_other(sandbox: Sandbox, name: str) -> None:
    """The name survives `use`, a background renewal and `off`."""
    add_short_profile(sandbox, 3600)
    hostile = f"$({TOUCH})`{TOUCH}`\"%F{{red}}; {TOUCH} ''x"
    sandbox.configure(f"[profile {quote_name(hostile)}]\nsource_profile = base\n")
    word = {"elvish": "$E:HOSTILE", "nu": "$env.HOSTILE", "xonsh": "@(${'HOSTILE'})"}[name]
    with start_other_shell(sandbox, name, HOSTILE=hostile) as shell:
        until = use(shell, word)
        assert get_variable(shell, "SHELLVAULT_PROFILE") == hostile
        drop_sessions(sandbox)
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        assert wait_for_session_after(shell, until) > until > 0
        shell.run("shellvault off")
        assert get_expiry(shell) == 0
        assert is_unharmed(sandbox)


@EACH
def test_secrets_of_any_form_survive_use_and_off(sandbox: Sandbox, name: str) -> None:
    """A variable that the session replaced had quotes, a dollar and a line break in it, and has them again."""
    add_short_profile(sandbox, 3600)
    (sandbox.home / "save.py").write_text("import os; open('saved', 'w').write(os.environ['AWS_REGION'])")
    value = 'it\'s $HOME "q" `x` \\n {a}\nnext'
    with start_other_shell(sandbox, name, AWS_REGION=value, NO_COLOR="1") as shell:
        shell.run("shellvault use short --region eu-west-1")
        assert get_variable(shell, "AWS_REGION") == "eu-west-1"
        shell.run("shellvault off")
        shell.run("python3 save.py")
        assert (sandbox.home / "saved").read_text() == value


def _start_without_renewal(sandbox: Sandbox, name: str) -> AbstractContextManager[OtherShell]:
    """Start a shell whose `shellvault` renews nothing."""
    idle = sandbox.home / "bin" / "shellvault"
    idle.parent.mkdir()
    idle.write_text("#!/bin/sh\nexit 1\n")
    idle.chmod(0o700)
    return start_other_shell(sandbox, name, PATH=f"{idle.parent}:{sandbox.env['PATH']}")


def _set_session(
    sandbox: Sandbox,
    shell: OtherShell,
    profile: str,
    due: int,
    expires: int,
    stamp: str = "/nowhere",
    **more: str | None,
) -> None:
    """Export the variables of a session without credentials."""
    now = int(time.time())
    times = {"SHELLVAULT_EXPIRES_AT": str(now + expires), "SHELLVAULT_REFRESH_AT": str(now + due)}
    change(sandbox, shell, SHELLVAULT_PROFILE=profile, SHELLVAULT_STAMP=stamp, **times, **KEYS, **more)
