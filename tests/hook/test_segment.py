"""The segment says which profile the shell holds, for how long, and in what state; in colours that fit."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.living import SHELLS
from tests.hook.rigs import load, prompt_after, rigged
from tests.hook.screen import Shown, segment
from tests.shells.versions import versions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.hook.living import Living
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", SHELLS)
IDLE = {
    "bash": "__shellvault_program=(true)",
    "zsh": "__shellvault_program=(true)",
    "fish": "set -g __shellvault_program true",
}
"""A program in shellvault's place that renews nothing."""
STATES = (
    # state, seconds until it is due, until it expires, the stamp's word, text, colour
    ("fresh", 2000, 3500, "ok", r"dev 58m", "green"),
    ("fresh", 2000, 90000, "ok", r"dev 2[45]h", "green"),
    ("fresh", 10, 50, "ok", r"dev [45]\ds", "green"),
    ("refreshing", -5, 3500, "ok", r"dev 58m ~", "brown"),
    ("due", -5, 3500, "failed", r"dev 58m !", "brown"),
    ("mfa", -5, 3500, "mfa", r"dev 58m mfa", "magenta"),
    ("locked", -5, 3500, "locked", r"dev 58m locked", "magenta"),
    ("expired", -50, -5, "failed", r"dev expired", "red"),
    ("mfa", -50, -5, "mfa", r"dev mfa", "magenta"),
)
DANGERS = (
    ("my-prod-eu", None, True),
    ("dev", None, False),
    ("live-1", "live* *-prd", True),
    ("x-prd", "live* *-prd", True),
    ("prod", "live* *-prd", False),
    ("prod", "", False),
    ("dev", "  dev  ", True),
    *(
        ("dev", pattern, False)
        for pattern in ("$(touch x)", "`touch x`", "[", "(", "*[", "'", '"', "${x", "\\", "~", "!", "a b c")
    ),
)


@EACH
def test_every_state_has_its_text_and_its_colour(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Fresh, refreshing, due, needs MFA, locked, expired: on the screen, and in variables."""
    with _dressed(sandbox, name) as shell:
        stamp = tmp_path / "stamp"
        for state, due, expires, word, text, colour in STATES:
            stamp.write_text(f"0 0 {word}\n")
            holds(shell, "dev", due, expires, stamp)
            shown = segment(shell)
            assert shown == Shown(shown.text if shown else "", colour, "default", bold=False), (state, word)
            assert re.fullmatch(text, shown.text), shown
            assert re.fullmatch(text, shell.value("SHELLVAULT_SEGMENT"))
            assert shell.value("SHELLVAULT_STATE") == state


@EACH
def test_a_key_pair_without_an_expiry_is_shown_alone(sandbox: Sandbox, name: str) -> None:
    """What does not expire has no time left, and is fresh; garbage in its place is no time either."""
    with _dressed(sandbox, name) as shell:
        holds(shell, "dev", 2000, 3500)
        for nonsense in ("", "x", "0", "-1", "99999999999999999999", "a[0]"):
            shell.do(f"export SHELLVAULT_EXPIRES_AT={nonsense!r} SHELLVAULT_REFRESH_AT={nonsense!r}")
            assert segment(shell) == Shown("dev", "green", "default", bold=False)


@EACH
def test_dangerous_profiles_stand_out(sandbox: Sandbox, name: str) -> None:
    """White on red where a pattern of SHELLVAULT_DANGER matches, from the next prompt on; no pattern runs anything."""
    with _dressed(sandbox, name) as shell:
        for profile, patterns, dangerous in DANGERS:
            unset = "set -e" if name == "fish" else "unset"
            quoted = (
                "'" + (patterns or "").replace("\\", "\\\\" if name == "fish" else "\\").replace("'", "'\\''") + "'"
            )
            shell.do(f"{unset} SHELLVAULT_DANGER" if patterns is None else f"export SHELLVAULT_DANGER={quoted}")
            holds(shell, profile, 2000, 3500)
            shown = segment(shell)
            assert shown is not None
            look = (shown.colour.removeprefix("bright"), shown.background, shown.bold)
            assert look == (("white", "red", True) if dangerous else ("green", "default", False)), patterns
    assert not list(sandbox.home.rglob("x"))


@EACH
def test_settings_take_effect_at_the_next_prompt(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_PROMPT=off hides the segment but not its variables; NO_COLOR leaves it without colour; and back."""
    with _dressed(sandbox, name) as shell:
        holds(shell, "dev", 2000, 3500)
        assert prompt_after(shell, "export SHELLVAULT_PROMPT=off").endswith(PROMPT)
        assert segment(shell) is None
        assert (shell.value("SHELLVAULT_SEGMENT"), shell.value("SHELLVAULT_STATE")) == ("dev 58m", "fresh")
        shell.do("export SHELLVAULT_PROMPT=on")
        shell.do("export NO_COLOR=1")
        assert segment(shell) == Shown("dev 58m", "default", "default", bold=False)
        shell.do("export NO_COLOR=")
        assert segment(shell) == Shown("dev 58m", "green", "default", bold=False)


@EACH
def test_it_can_be_placed_by_hand(sandbox: Sandbox, name: str) -> None:
    """The text is in SHELLVAULT_SEGMENT when the prompt is drawn."""
    place = {
        "bash": f"PS1='<$SHELLVAULT_SEGMENT> {PROMPT}'",
        "zsh": f"setopt prompt_subst; PROMPT='<$SHELLVAULT_SEGMENT> {PROMPT}'",
        "fish": f'function fish_prompt; echo -n "<$SHELLVAULT_SEGMENT> {PROMPT}"; end',
    }
    with _dressed(sandbox, name) as shell:
        shell.do(place[name])
        shell.do("export SHELLVAULT_PROMPT=off")
        holds(shell, "dev", 2000, 3500)
        assert re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", prompt_after(shell, ":")).endswith(f"<dev 58m> {PROMPT}")


@EACH
def test_a_profile_changed_by_env_is_shown(inherited: tuple[Sandbox, dict[str, str]], name: str) -> None:
    """The segment follows the environment, whoever changed it: `env`, direnv, an export by hand."""
    sandbox, session = inherited
    env = {"fish": "shellvault env{} | source"}.get(name, 'eval "$(shellvault env{})"')
    with rigged(sandbox, versions(name)[0], NO_COLOR="1", TERM="xterm", **session) as shell:
        load(shell)
        assert "[short 5" in prompt_after(shell, ":")
        assert "[base " in prompt_after(shell, env.format(" base"))
        assert "[" not in prompt_after(shell, env.format(" --unset"))


def _dressed(sandbox: Sandbox, name: str) -> AbstractContextManager[Living]:
    return rigged(sandbox, versions(name)[0], TERM="xterm")


def holds(shell: Living, profile: str, due: int, expires: int, stamp: Path | str = "/nowhere") -> None:
    """Put the outside of a session into the shell's environment, as `env` would; no program is behind it."""
    load(shell)
    now = int(time.time())
    shell.do(
        f"{IDLE[shell.name]}; export SHELLVAULT_PROFILE={profile} SHELLVAULT_EXPIRES_AT={now + expires} "
        f"SHELLVAULT_REFRESH_AT={now + due} SHELLVAULT_STAMP={stamp}"
    )
