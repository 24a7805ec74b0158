"""A load that fails: said once, never tried again by a prompt, asked nobody, and healed when somebody helps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role, add_role
from tests.direnv.folders import AFTER, ALONE, BEFORE, library, project, several, watched
from tests.hook.living import SHELLS, living

if TYPE_CHECKING:
    from tests.direnv.folders import Watched
    from tests.sandbox import Sandbox

PROMPTS = 5
REACHED = "reached"
DEAF_FOR = 8  # seconds
DEAF = f"""
__shellvault_program=(bash -c 'trap "" INT; echo cannot hear you >&2; sleep {DEAF_FOR}' deaf)
"""


def stays_calm(shells: dict[str, Watched], error: str) -> None:
    """Assert that many prompts after a failed load bring neither another one, nor its message again."""
    for name, shell in shells.items():
        for number in range(PROMPTS):
            assert shell.do(f"echo {number}") == str(number)
        assert (name, shell.loads(), shell.terminal.output.count(error)) == (name, 1, 1)
        assert shell.value("AWS_ACCESS_KEY_ID") == ""


def heal(shells: dict[str, Watched]) -> None:
    """Assert that each shell loads once more, and has a session, at its next prompt."""
    for name, shell in shells.items():
        shell.do("true")
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA"), name
        assert shell.loads() == 2


def test_an_unknown_profile_is_told_once(sandbox: Sandbox) -> None:
    """With what to type; a profile of that name that is added and used later reaches the shells that wait."""
    add_role(sandbox)
    here = project(sandbox, "use shellvault raeder")
    with several(sandbox, [ALONE, AFTER]) as shells:
        for shell in shells.values():
            shell.enters(here)
        stays_calm(shells, "error: there is no profile 'raeder'")
        assert "when that is mended: shellvault use raeder, or direnv reload" in shell.terminal.output
        sandbox.configure("[profile raeder]\ninclude_profile = reader\n")
        assert sandbox.run("env", "raeder", "--shell", "bash").returncode == 0
        heal(shells)


def test_aws_away_costs_one_load_a_shell(sandbox: Sandbox) -> None:
    """No prompt calls AWS again; it is back in all of them after `shellvault use` in any."""
    add_role(sandbox)
    here = project(sandbox, "use shellvault reader")
    sandbox.aws.faults.next("drop", None)
    with several(sandbox, [ALONE]) as shells, living(sandbox, "zsh") as elsewhere:
        for shell in shells.values():
            shell.enters(here)
        calls = len(sandbox.aws.world.calls)
        stays_calm(shells, "could not be reached")
        assert len(sandbox.aws.world.calls) == calls
        sandbox.aws.faults.clear()
        elsewhere.do("shellvault use reader")
        heal(shells)
    assert sandbox.aws.world.count("AssumeRole", "ok") == 1


def test_no_code_is_asked_for_while_direnv_loads(sandbox: Sandbox) -> None:
    """An editor loads an .envrc too, and has no terminal to ask on; a code given in another shell mends all."""
    device = add_mfa_role(sandbox)
    here = project(sandbox, "use shellvault guarded")
    with several(sandbox, [BEFORE]) as shells, living(sandbox, "bash") as elsewhere:
        for shell in shells.values():
            shell.enters(here)
        stays_calm(shells, "error: profile 'base' needs a code")
        elsewhere.terminal.type("shellvault use guarded")
        elsewhere.terminal.expect("MFA code for base .*: ")
        elsewhere.terminal.type(device.next_code())
        assert elsewhere.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        heal(shells)
        assert not [name for name, shell in shells.items() if "MFA code for" in shell.terminal.output]
    assert [call.action for call in sandbox.aws.world.calls] == ["GetSessionToken", "AssumeRole"]


@pytest.mark.parametrize("name", SHELLS)
def test_use_in_the_shell_itself_mends_its_project(sandbox: Sandbox, name: str) -> None:
    """The question is answered where the failure was seen. What the person put in is there outside too, until `off`."""
    device = add_mfa_role(sandbox)
    here = project(sandbox, "use shellvault guarded")
    with watched(sandbox, name, AFTER) as shell:
        before = shell.environment(sandbox)
        shell.enters(here)
        shell.terminal.type("shellvault use guarded")
        shell.terminal.expect("MFA code for base .*: ")
        shell.terminal.type(device.next_code())
        assert shell.value("AWS_ACCESS_KEY_ID").startswith("ASIA")
        assert shell.loads() == 2
        shell.enters(sandbox.home)
        assert shell.value("SHELLVAULT_PROFILE") == "guarded"
        shell.do("shellvault off")
        assert shell.environment(sandbox) == before


@pytest.mark.parametrize("name", SHELLS)
def test_ctrl_c_ends_a_load_at_once(sandbox: Sandbox, name: str) -> None:
    """Though the program is deaf to it, as in a name look-up: direnv does not wait for what it cannot see."""
    here = project(sandbox, f"use shellvault reader; touch {REACHED}")
    with library(sandbox).open("a") as file:
        file.write(DEAF)
    with watched(sandbox, name) as shell:
        shell.terminal.type(f"cd {here}")
        shell.terminal.expect("cannot hear you")
        began = time.monotonic()
        shell.terminal.interrupt()
        shell.terminal.expect("READY> ")
        assert time.monotonic() - began < DEAF_FOR / 2
    assert not (here / REACHED).exists()


def test_a_load_takes_no_longer_than_the_limit(sandbox: Sandbox) -> None:
    """An AWS that hangs does not hold the prompt beyond ten seconds, or what SHELLVAULT_TIMEOUT says."""
    add_role(sandbox)
    here = project(sandbox, "use shellvault reader")
    sandbox.aws.faults.next("hang", None)
    for extra, limit in (({"SHELLVAULT_TIMEOUT": "2s"}, 2), ({}, 10)):
        with watched(sandbox, "bash", **extra) as shell:
            began = time.monotonic()
            shell.enters(here)
            assert limit <= time.monotonic() - began < limit + 7
            stays_calm({"bash": shell}, f"error: no new session within {limit}s")


def test_an_envrc_may_be_strict(sandbox: Sandbox) -> None:
    """With direnv's `strict_env` the failure ends the load, and it is neither repeated nor silent."""
    add_role(sandbox)
    here = project(sandbox, f"use shellvault raeder\ntouch {REACHED}")
    (sandbox.home / ".config" / "direnv" / "direnv.toml").write_text("[global]\nstrict_env = true\n")
    with watched(sandbox, "bash") as shell:
        shell.enters(here)
        stays_calm({"bash": shell}, "error: there is no profile 'raeder'")
        assert not (here / REACHED).exists()
