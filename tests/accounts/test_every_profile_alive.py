"""`--process` without a name in a live shell: one variable of AWS changes, and it changes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import SHELLS, start_shell
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

OWN = {"AWS_PROFILE": "mine", "AWS_REGION": "eu-west-3", "AWS_PAGER": "", "AWS_DEFAULT_OUTPUT": "json"}
"""What somebody may have set that leads no program past the generated config."""


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a key pair and a profile of it."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    return sandbox


def of_aws(environ: dict[str, str]) -> dict[str, str]:
    """Return the variables that SDKs read."""
    return {name: value for name, value in environ.items() if name.startswith("AWS_")}


def read_environment(shell: LiveShell, sandbox: Sandbox) -> dict[str, str]:
    """Return the variables of AWS that a program gets from a shell."""
    shell.run("env -0 >environ")
    return of_aws(dict(parse_environment((sandbox.home / "environ").read_text())))


def test_aws_config_file_is_the_only_variable_of_aws_that_changes(sandbox: Sandbox) -> None:
    """Whatever else is set stays: a region, a profile, an endpoint."""
    script = 'eval "$(shellvault env --process)" && env -0'
    changed = of_aws(dict(parse_environment(sandbox.shell("bash", script, **OWN).stdout)))
    generated = changed.pop("AWS_CONFIG_FILE")
    assert changed == of_aws({**sandbox.env, **OWN})
    assert "[profile base]" in Path(generated).read_text()


@pytest.mark.parametrize("name", SHELLS)
def test_use_without_a_name_changes_that_variable_and_off_restores_it(sandbox: Sandbox, name: str) -> None:
    """After a session, too, of which nothing stays. The prompt names no profile, as none was chosen."""
    with start_shell(sandbox, name, **OWN) as shell:
        before = read_environment(shell, sandbox)
        for first in (":", "shellvault use base"):
            shell.run(first)
            shell.run("shellvault use --process")
            during = read_environment(shell, sandbox)
            assert "shellvault" in during.pop("AWS_CONFIG_FILE")
            assert during == before
            assert shell.get_variable("SHELLVAULT_SEGMENT") == ""
            shell.run("shellvault off")
            assert read_environment(shell, sandbox) == before
