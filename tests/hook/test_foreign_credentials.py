"""The prompt never names an account that is not in the shell: other keys, no keys, or a profile chosen since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import expire_session

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

OTHER = ("AWS_ACCESS_KEY_ID=AKIAOTHEROTHEROTHER0", "AWS_SECRET_ACCESS_KEY=other", "AWS_SESSION_TOKEN=")
UNSET = {"bash": "unset", "zsh": "unset", "fish": "set -e"}
CHANGES = {
    "other keys": "; ".join(f"export {each}" for each in OTHER),
    "no keys": "UNSET AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    "a profile": "export AWS_PROFILE=mine",
    "a profile under its older name": "export AWS_DEFAULT_PROFILE=mine",
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_credentials_are_shown_as_foreign(shell: LiveShell, what: str) -> None:
    """At the next prompt, until they are as before; `status` says so too."""
    shell.run(CHANGES[what].replace("UNSET", UNSET[shell.name]))
    assert _read_segment(shell) == (f"{SHORT}?", "foreign")
    assert json.loads(shell.run("shellvault status --json"))["profile"] is None
    shell.use(SHORT)
    assert _read_segment(shell)[1] == "fresh"


@pytest.mark.parametrize("what", CHANGES)
def test_foreign_credentials_are_never_renewed_over(shell: LiveShell, sandbox: Sandbox, what: str) -> None:
    """Although the session beside them has expired."""
    before = sandbox.aws.world.count("GetSessionToken")
    shell.run(CHANGES[what].replace("UNSET", UNSET[shell.name]))
    key_id = shell.get_variable("AWS_ACCESS_KEY_ID")
    sandbox.run("clear")
    expire_session(shell)
    shell.run("true")
    assert shell.get_variable("AWS_ACCESS_KEY_ID") == key_id
    assert sandbox.aws.world.count("GetSessionToken") == before


def test_off_takes_out_what_is_ours_and_leaves_foreign_keys(shell: LiveShell) -> None:
    """The keys that were exported over the session stay; all of the session goes."""
    shell.run(CHANGES["other keys"])
    shell.run("shellvault off")
    assert shell.get_variable("AWS_ACCESS_KEY_ID") == "AKIAOTHEROTHEROTHER0"
    assert shell.get_variable("AWS_SECRET_ACCESS_KEY") == "other"
    assert "SHELLVAULT_PROFILE" not in shell.run("env")
    assert _read_segment(shell) == ("", "")


def test_profile_of_the_same_name_is_not_foreign(shell: LiveShell) -> None:
    """It names the account that the session is of."""
    shell.run(f"export AWS_PROFILE={SHORT}")
    assert _read_segment(shell)[1] == "fresh"


@pytest.mark.parametrize("name", SHELLS)
def test_subshell_knows_which_keys_it_inherited(sandbox: Sandbox, name: str, tmp_path: Path) -> None:
    """Also where the session was put in by hand, with `env`, and never by the hook."""
    del tmp_path
    add_short_profile(sandbox, 3600)
    by_hand = "shellvault env short | source" if name == "fish" else 'eval "$(shellvault env short)"'
    with start_shell(sandbox, name, by_hand) as shell:
        assert _read_segment(shell)[1] == "fresh"
        shell.run(CHANGES["other keys"])
        assert _read_segment(shell) == (f"{SHORT}?", "foreign")


@pytest.mark.parametrize("name", SHELLS)
def test_profile_that_asks_for_credentials_is_foreign_beside_keys(sandbox: Sandbox, name: str) -> None:
    """With `--process` there are none in the shell, so any that come take precedence."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use --process {SHORT}")
        assert _read_segment(shell) == (SHORT, "fresh")
        shell.run("export AWS_ACCESS_KEY_ID=AKIAOTHEROTHEROTHER0")
        assert _read_segment(shell) == (f"{SHORT}?", "foreign")
        shell.run(f"{UNSET[name]} AWS_ACCESS_KEY_ID")
        shell.run("export AWS_PROFILE=mine")
        assert _read_segment(shell) == (f"{SHORT}?", "foreign")


def _read_segment(shell: LiveShell) -> tuple[str, str]:
    segment, state = (shell.get_variable(f"SHELLVAULT_{what}") for what in ("SEGMENT", "STATE"))
    return segment.partition(" ")[0], state
