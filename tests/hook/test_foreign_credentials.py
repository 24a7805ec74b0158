"""The prompt never names an account that the shell is not using: after other keys, no keys, or another profile."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, expire_session

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

OTHER = ("AWS_ACCESS_KEY_ID=AKIAOTHEROTHEROTHER0", "AWS_SECRET_ACCESS_KEY=other", "AWS_SESSION_TOKEN=")
UNSET = {"bash": "unset", "zsh": "unset", "fish": "set -e"}
HIDE = {
    "bash": "export -n AWS_ACCESS_KEY_ID",
    "zsh": "typeset +x AWS_ACCESS_KEY_ID",
    "fish": "set -gu AWS_ACCESS_KEY_ID $AWS_ACCESS_KEY_ID",
}
CHANGES = {
    "other keys": "; ".join(f"export {each}" for each in OTHER),
    "no keys": "UNSET AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    "no secret": "UNSET AWS_SECRET_ACCESS_KEY",
    "an empty secret": "export AWS_SECRET_ACCESS_KEY=",
    "a key that is not exported": "HIDE",
    "a profile": "export AWS_PROFILE=mine",
    "a profile under its older name": "export AWS_DEFAULT_PROFILE=mine",
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_credentials_are_shown_as_foreign(shell: LiveShell, what: str) -> None:
    """From the next prompt until they are restored; `status` agrees."""
    _change(shell, what)
    assert _read_segment(shell) == (f"{SHORT}?", "foreign")
    assert json.loads(shell.run("shellvault status --json"))["profile"] is None
    shell.use(SHORT)
    assert _read_segment(shell)[1] == "fresh"


@pytest.mark.parametrize("what", CHANGES)
def test_foreign_credentials_are_never_overwritten_by_a_renewal(shell: LiveShell, sandbox: Sandbox, what: str) -> None:
    """Not even when the session next to them has expired."""
    before = sandbox.aws.world.count("GetSessionToken")
    _change(shell, what)
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


def test_profile_that_is_not_exported_changes_nothing(shell: LiveShell, sandbox: Sandbox) -> None:
    """Programs do not see it, so the session is theirs, and is renewed."""
    shell.run("set -g AWS_PROFILE mine" if shell.name == "fish" else "AWS_PROFILE=mine")
    assert _read_segment(shell) == (SHORT, "fresh")
    drop_sessions(sandbox)
    expire_session(shell)
    assert shell.wait_for_session_after(1000000001) > shell.session_expiry


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_process_profile_is_foreign_with_other_files(sandbox: Sandbox, name: str, variable: str) -> None:
    """They may give the profile's name to another account. No prompt regenerates a file that is not ours."""
    add_short_profile(sandbox, 3600)
    (sandbox.home / "other").write_text("")
    os.utime(sandbox.home / "other", (0, 0))
    with start_shell(sandbox, name) as shell:
        shell.run(f"shellvault use --process {SHORT}")
        ours = shell.get_variable("AWS_CONFIG_FILE")
        shell.run(f"export {variable}={sandbox.home}/other")
        os.utime(ours, (1, 1))
        assert _read_segment(shell) == (f"{SHORT}?", "foreign")
        assert json.loads(shell.run("shellvault status --json"))["profile"] is None
        assert Path(ours).stat().st_mtime == 1
        shell.run("shellvault off")
        assert shell.get_variable(variable) == f"{sandbox.home}/other"


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


def _change(shell: LiveShell, what: str) -> None:
    shell.run(CHANGES[what].replace("UNSET", UNSET[shell.name]).replace("HIDE", HIDE[shell.name]))


def _read_segment(shell: LiveShell) -> tuple[str, str]:
    segment, state = (shell.get_variable(f"SHELLVAULT_{what}") for what in ("SEGMENT", "STATE"))
    return segment.partition(" ")[0], state
