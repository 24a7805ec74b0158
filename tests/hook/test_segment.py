"""The prompt segment: which profile the shell holds, for how long, and in what state, in suitable colours."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import load_hook, read_prompt_after, start_configured_shell
from tests.hook.live_shell import SHELLS
from tests.hook.rendered_screen import Segment, read_segment
from tests.hook.session_states import KEYS
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", SHELLS)
IDLE = {
    "bash": "__shellvault_program=(true)",
    "zsh": "__shellvault_program=(true)",
    "fish": "set -g __shellvault_program true",
}
"""A stand-in for shellvault that refreshes nothing."""
STATES = (
    # state, seconds until due, seconds until expiry, status in the file, text, colour
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
def test_every_state_has_its_text_and_color(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Fresh, refreshing, due, needs MFA, locked, expired: on the screen and in variables."""
    with _start_with_colours(sandbox, name) as shell:
        stamp = tmp_path / "stamp"
        for state, due, expires, word, text, colour in STATES:
            stamp.write_text(f"0 0 {word}\n")
            set_session(shell, "dev", due, expires, stamp)
            shown = read_segment(shell)
            assert shown == Segment(shown.text if shown else "", colour, "default", bold=False), (state, word)
            assert re.fullmatch(text, shown.text), shown
            assert re.fullmatch(text, shell.get_variable("SHELLVAULT_SEGMENT"))
            assert shell.get_variable("SHELLVAULT_STATE") == state


@EACH
def test_key_pair_without_expiry_shows_only_its_profile(sandbox: Sandbox, name: str) -> None:
    """It has no time left and is always fresh; an invalid expiry counts as none."""
    with _start_with_colours(sandbox, name) as shell:
        set_session(shell, "dev", 2000, 3500)
        for nonsense in ("", "x", "0", "-1", "99999999999999999999", "a[0]"):
            shell.run(f"export SHELLVAULT_EXPIRES_AT={nonsense!r} SHELLVAULT_REFRESH_AT={nonsense!r}")
            assert read_segment(shell) == Segment("dev", "green", "default", bold=False)


@EACH
def test_dangerous_profiles_stand_out(sandbox: Sandbox, name: str) -> None:
    """White on red if a pattern in SHELLVAULT_DANGER matches, from the next prompt on; patterns are never executed."""
    with _start_with_colours(sandbox, name) as shell:
        for profile, patterns, dangerous in DANGERS:
            unset = "set -e" if name == "fish" else "unset"
            quoted = (
                "'" + (patterns or "").replace("\\", "\\\\" if name == "fish" else "\\").replace("'", "'\\''") + "'"
            )
            shell.run(f"{unset} SHELLVAULT_DANGER" if patterns is None else f"export SHELLVAULT_DANGER={quoted}")
            set_session(shell, profile, 2000, 3500)
            shown = read_segment(shell)
            assert shown is not None
            assert shown.look == (("white", "red", True) if dangerous else ("green", "default", False)), patterns
    assert not list(sandbox.home.rglob("x"))


@EACH
def test_settings_take_effect_at_the_next_prompt(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_PROMPT=off hides the segment, not its variables; NO_COLOR and TERM=dumb remove its colour."""
    with _start_with_colours(sandbox, name) as shell:
        set_session(shell, "dev", 2000, 3500)
        assert read_prompt_after(shell, "export SHELLVAULT_PROMPT=off").endswith(PROMPT)
        assert read_segment(shell) is None
        assert (shell.get_variable("SHELLVAULT_SEGMENT"), shell.get_variable("SHELLVAULT_STATE")) == (
            "dev 58m",
            "fresh",
        )
        shell.run("export SHELLVAULT_PROMPT=on")
        shell.run("export NO_COLOR=1")
        assert read_segment(shell) == Segment("dev 58m", "default", "default", bold=False)
        shell.run("export NO_COLOR=")
        assert read_segment(shell) == Segment("dev 58m", "green", "default", bold=False)
        shell.run("export TERM=dumb")
        assert read_segment(shell) == Segment("dev 58m", "default", "default", bold=False)


@EACH
def test_segment_can_be_placed_manually(sandbox: Sandbox, name: str) -> None:
    """SHELLVAULT_SEGMENT holds its text when the prompt is drawn."""
    place = {
        "bash": f"PS1='<$SHELLVAULT_SEGMENT> {PROMPT}'",
        "zsh": f"setopt prompt_subst; PROMPT='<$SHELLVAULT_SEGMENT> {PROMPT}'",
        "fish": f'function fish_prompt; echo -n "<$SHELLVAULT_SEGMENT> {PROMPT}"; end',
    }
    with _start_with_colours(sandbox, name) as shell:
        shell.run(place[name])
        shell.run("export SHELLVAULT_PROMPT=off")
        set_session(shell, "dev", 2000, 3500)
        assert re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", read_prompt_after(shell, ":")).endswith(f"<dev 58m> {PROMPT}")


@EACH
def test_profile_changed_by_env_is_shown(fresh_session: tuple[Sandbox, dict[str, str]], name: str) -> None:
    """The segment follows the environment, whether `env`, direnv or an export changed it."""
    sandbox, session = fresh_session
    env = {"fish": "shellvault env{} | source"}.get(name, 'eval "$(shellvault env{})"')
    with start_configured_shell(sandbox, list_versions(name)[0], NO_COLOR="1", TERM="xterm", **session) as shell:
        load_hook(shell)
        assert "[short 5" in read_prompt_after(shell, ":")
        assert "[base " in read_prompt_after(shell, env.format(" base"))
        assert "[" not in read_prompt_after(shell, env.format(" --unset"))


def _start_with_colours(sandbox: Sandbox, name: str) -> AbstractContextManager[LiveShell]:
    return start_configured_shell(sandbox, list_versions(name)[0], TERM="xterm")


def set_session(shell: LiveShell, profile: str, due: int, expires: int, stamp: Path | str = "/nowhere") -> None:
    """Export the variables of a session without credentials, and disable refreshing."""
    load_hook(shell)
    now = int(time.time())
    shell.run(
        f"{IDLE[shell.name]}; export SHELLVAULT_PROFILE={profile} SHELLVAULT_EXPIRES_AT={now + expires} "
        f"SHELLVAULT_REFRESH_AT={now + due} SHELLVAULT_STAMP={stamp} "
        + " ".join(f"{name}={value}" for name, value in KEYS.items())
    )
