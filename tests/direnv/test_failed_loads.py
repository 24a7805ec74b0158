"""Failed loads: reported once, not repeated at prompts, never prompting, and fixed once the user helps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role, add_role
from tests.commands.terminal import PROMPT
from tests.direnv.direnv_shell import (
    DIRENV_ONLY,
    HOOK_FIRST,
    HOOK_LAST,
    create_project,
    get_library_path,
    start_direnv_shell,
    start_direnv_shells,
)
from tests.hook.live_shell import SHELLS, start_shell

if TYPE_CHECKING:
    from tests.direnv.direnv_shell import DirenvShell
    from tests.sandbox import Sandbox

PROMPTS = 5
REACHED = "reached"
IGNORES_SIGINT_FOR = 8  # seconds
IGNORING_PROGRAM = f"""
__shellvault_program=(bash -c 'trap "" INT; echo ignoring SIGINT >&2; sleep {IGNORES_SIGINT_FOR}' ignoring)
"""


def assert_no_retry(shells: dict[str, DirenvShell], error: str) -> None:
    """Assert that prompts after a failed load neither reload nor repeat the message."""
    for name, shell in shells.items():
        for number in range(PROMPTS):
            assert shell.run(f"echo {number}") == str(number)
        assert (name, shell.count_loads(), shell.terminal.output.count(error)) == (name, 1, 1)
        assert shell.get_variable("AWS_ACCESS_KEY_ID") == ""


def assert_recovery(shells: dict[str, DirenvShell]) -> None:
    """Assert that each shell reloads and has a session at its next prompt."""
    for name, shell in shells.items():
        shell.run("true")
        assert shell.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA"), name
        assert shell.count_loads() == 2


def test_unknown_profile_is_reported_once(sandbox: Sandbox) -> None:
    """With a suggestion; adding and using a profile of that name later reaches the waiting shells."""
    add_role(sandbox)
    here = create_project(sandbox, "use shellvault raeder")
    with start_direnv_shells(sandbox, [DIRENV_ONLY, HOOK_LAST]) as shells:
        for shell in shells.values():
            shell.change_folder(here)
        assert_no_retry(shells, "error: no profile or key pair is named 'raeder'")
        assert "once that is fixed: shellvault use raeder, or direnv reload" in shell.terminal.output
        sandbox.configure("[profile raeder]\ninclude_profile = reader\n")
        assert sandbox.run("env", "raeder", "--shell", "bash").returncode == 0
        assert_recovery(shells)


def test_a_line_without_a_profile_is_answered_with_what_to_write(sandbox: Sandbox) -> None:
    """It mentions neither `env`, which is not in the file, nor `use ''`. A wrong option gets the error of `use`."""
    with start_direnv_shells(sandbox, [DIRENV_ONLY]) as shells:
        for name, shell in shells.items():
            shell.change_folder(create_project(sandbox, "use shellvault", f"bare-{name}"))
            assert "no profile given; write in the .envrc: use shellvault PROFILE" in shell.terminal.output
            assert "''" not in shell.terminal.output
            shell.change_folder(create_project(sandbox, "use shellvault -x dev", f"wrong-{name}"))
            assert "error: use: unknown option -x" in shell.terminal.output


def test_unreachable_aws_costs_one_load_per_shell(sandbox: Sandbox) -> None:
    """No prompt calls AWS again, and `shellvault use` in any shell later fixes all of them."""
    add_role(sandbox)
    here = create_project(sandbox, "use shellvault reader")
    sandbox.aws.faults.next("drop", None)
    with start_direnv_shells(sandbox, [DIRENV_ONLY]) as shells, start_shell(sandbox, "zsh") as elsewhere:
        for shell in shells.values():
            shell.change_folder(here)
        calls = len(sandbox.aws.world.calls)
        assert_no_retry(shells, "could not be reached")
        assert len(sandbox.aws.world.calls) == calls
        sandbox.aws.faults.clear()
        elsewhere.run("shellvault use reader")
        assert_recovery(shells)
    assert sandbox.aws.world.count("AssumeRole", "ok") == 1


def test_loading_never_prompts_for_an_mfa_code(sandbox: Sandbox) -> None:
    """An editor loading an .envrc has no terminal to prompt on; a code entered in another shell fixes all shells."""
    device = add_mfa_role(sandbox)
    here = create_project(sandbox, "use shellvault guarded")
    with start_direnv_shells(sandbox, [HOOK_FIRST]) as shells, start_shell(sandbox, "bash") as elsewhere:
        for shell in shells.values():
            shell.change_folder(here)
        assert_no_retry(shells, "error: profile 'base' needs an MFA code")
        elsewhere.terminal.type("shellvault use guarded")
        elsewhere.terminal.expect("MFA code for base .*: ")
        elsewhere.terminal.type(device.next_code())
        elsewhere.terminal.expect(PROMPT)  # anything typed before the prompt would be discarded
        assert elsewhere.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert_recovery(shells)
        assert not [name for name, shell in shells.items() if "MFA code for base" in shell.terminal.output]
    assert [call.action for call in sandbox.aws.world.calls] == ["GetSessionToken", "AssumeRole"]


@pytest.mark.parametrize("name", SHELLS)
def test_use_in_the_same_shell_fixes_its_project(sandbox: Sandbox, name: str) -> None:
    """The user answers the prompt there; the session stays in the shell outside the project, until `off`."""
    device = add_mfa_role(sandbox)
    here = create_project(sandbox, "use shellvault guarded")
    with start_direnv_shell(sandbox, name, HOOK_LAST) as shell:
        before = shell.dump_environment(sandbox)
        shell.change_folder(here)
        shell.terminal.type("shellvault use guarded")
        shell.terminal.expect("MFA code for base .*: ")
        shell.terminal.type(device.next_code())
        shell.terminal.expect(PROMPT)
        assert shell.get_variable("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert shell.count_loads() == 2
        shell.change_folder(sandbox.home)
        assert shell.get_variable("SHELLVAULT_PROFILE") == "guarded"
        shell.run("shellvault off")
        assert shell.dump_environment(sandbox) == before


@pytest.mark.parametrize("name", SHELLS)
def test_ctrl_c_ends_a_load_at_once(sandbox: Sandbox, name: str) -> None:
    """Even if the program ignores the signal, as during a name lookup."""
    here = create_project(sandbox, f"use shellvault reader; touch {REACHED}")
    with get_library_path(sandbox).open("a") as file:
        file.write(IGNORING_PROGRAM)
    with start_direnv_shell(sandbox, name) as shell:
        shell.terminal.type(f"cd {here}")
        shell.terminal.expect("ignoring SIGINT")
        start = time.monotonic()
        shell.terminal.interrupt()
        shell.terminal.expect("READY> ")
        assert time.monotonic() - start < IGNORES_SIGINT_FOR / 2
    assert not (here / REACHED).exists()


def test_load_is_limited_by_the_timeout(sandbox: Sandbox) -> None:
    """A hanging AWS delays the prompt by ten seconds at most, or by SHELLVAULT_TIMEOUT."""
    add_role(sandbox)
    here = create_project(sandbox, "use shellvault reader")
    sandbox.aws.faults.next("hang", None)
    for extra, limit in (({"SHELLVAULT_TIMEOUT": "2s"}, 2), ({}, 10)):
        with start_direnv_shell(sandbox, "bash", **extra) as shell:
            start = time.monotonic()
            shell.change_folder(here)
            assert limit <= time.monotonic() - start < limit + 7
            assert_no_retry({"bash": shell}, f"error: no new session within {limit}s")


def test_strict_envrc_fails_once(sandbox: Sandbox) -> None:
    """With direnv's `strict_env` the failure ends the load, with one message and no retry."""
    add_role(sandbox)
    here = create_project(sandbox, f"use shellvault raeder\ntouch {REACHED}")
    (sandbox.home / ".config" / "direnv" / "direnv.toml").write_text("[global]\nstrict_env = true\n")
    with start_direnv_shell(sandbox, "bash") as shell:
        shell.change_folder(here)
        assert_no_retry({"bash": shell}, "error: no profile or key pair is named 'raeder'")
        assert not (here / REACHED).exists()
