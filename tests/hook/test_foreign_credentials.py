"""The prompt never names an account that the shell is not using: after other keys, no keys, or another profile."""

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
    """From the next prompt until they are restored; `status` agrees."""
    shell.run(CHANGES[what].replace("UNSET", UNSET[shell.name]))
    assert _read_segment(shell) == (f"{SHORT}?", "foreign")
    assert json.loads(shell.run("shellvault status --json"))["profile"] is None
    shell.use(SHORT)
    assert _read_segment(shell)[1] == "fresh"


@pytest.mark.parametrize("what", CHANGES)
def test_foreign_credentials_are_never_overwritten_by_a_renewal(shell: LiveShell, sandbox: Sandbox, what: str) -> None:
    """Not even when the session next to them has expired."""
    before = sandbox.aws.world.count("GetSessionToken")
    shell.run(CHANGES[what].replace("UNSET", UNSET[shell.name]))
    key_id = shell.get_variable("AWS_ACCESS_KEY_ID")
    sandbox.run("clear")
    expire_session(shell)
    shell.run("true")
    assert shell.get_variable("AWS_ACCESS_KEY_ID") == key_id
    assert sandbox.aws.world.count("GetSessionToken") == before


def test_off_removes_the_session_and_keeps_foreign_keys(shell: LiveShell) -> None:
    """The keys that were exported over the session stay; the rest of the session is removed."""
    shell.run(CHANGES["other keys"])
    shell.run("shellvault off")
    assert shell.get_variable("AWS_ACCESS_KEY_ID") == "AKIAOTHEROTHEROTHER0"
    assert shell.get_variable("AWS_SECRET_ACCESS_KEY") == "other"
    assert "SHELLVAULT_PROFILE" not in shell.run("env")
    assert _read_segment(shell) == ("", "")


def test_profile_of_the_same_name_is_not_foreign(shell: LiveShell) -> None:
    """It stands for the same account as the session."""
    shell.run(f"export AWS_PROFILE={SHORT}")
    assert _read_segment(shell)[1] == "fresh"


@pytest.mark.parametrize("name", SHELLS)
def test_hook_recognizes_a_session_loaded_before_it(sandbox: Sandbox, name: str, tmp_path: Path) -> None:
    """It was loaded by hand with `env`. Other keys that replace it are shown as foreign."""
    del tmp_path
    add_short_profile(sandbox, 3600)
    by_hand = "shellvault env short | source" if name == "fish" else 'eval "$(shellvault env short)"'
    with start_shell(sandbox, name, by_hand) as shell:
        assert _read_segment(shell)[1] == "fresh"
        shell.run(CHANGES["other keys"])
        assert _read_segment(shell) == (f"{SHORT}?", "foreign")


@pytest.mark.parametrize("name", SHELLS)
def test_process_profile_is_foreign_next_to_keys(sandbox: Sandbox, name: str) -> None:
    """With `--process` the shell holds no keys, so any that appear take precedence."""
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
