"""Key pairs that `shellvault use` sets aside: hidden from later programs, back after `off`, available for renewals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.hook.live_shell import HOOKS, SHELLS, start_shell
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

OWN = {"AWS_ACCESS_KEY_ID": "AKIAOLDOLDOLDOLDOLD0", "AWS_SECRET_ACCESS_KEY": "old secret", "AWS_SESSION_TOKEN": ""}


def dump_environment(sandbox: Sandbox, shell: LiveShell) -> dict[str, str]:
    """Return the environment of a program started by this shell."""
    shell.run("env -0 >dump")
    return dict(parse_environment((sandbox.home / "dump").read_text()))


@pytest.mark.parametrize("name", SHELLS)
def test_key_pair_is_hidden_until_off(sandbox: Sandbox, name: str) -> None:
    """Even if the hook is removed in between."""
    add_role(sandbox)
    for profile in ("reader", "base"):
        sandbox.load_session(profile)
    off = (
        "shellvault env --unset --shell fish | source"
        if name == "fish"
        else f'eval "$(shellvault env -u --shell {name})"'
    )
    remove = (
        "shellvault hook fish --remove | source" if name == "fish" else f'eval "$(shellvault hook {name} --remove)"'
    )
    with start_shell(sandbox, name, **OWN) as shell:
        for leave in ("shellvault off", f"{remove}; {off}"):
            shell.run("shellvault use reader; shellvault use base; shellvault use base")
            inside = dump_environment(sandbox, shell)
            assert inside["SHELLVAULT_PROFILE"] == "base"
            assert not [key for key, value in inside.items() if "old secret" in value or "AKIAOLD" in value]
            shell.run(leave)
            after = dump_environment(sandbox, shell)
            assert {key: after[key] for key in OWN} == OWN
            assert not [key for key in after if key.startswith("_shellvault")]
            shell.run(f"source {HOOKS}/shellvault.{name}")


@pytest.mark.parametrize("name", SHELLS)
def test_profile_that_uses_environment_keys_can_be_renewed(sandbox: Sandbox, name: str) -> None:
    """The hook passes the keys that were set aside to shellvault only."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.configure(
        f"[profile ambient]\nrole_arn = {sandbox.aws.world.role('reader').arn}\ncredential_source = Environment\n"
    )
    with start_shell(sandbox, name, AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret) as shell:
        shell.run("shellvault use ambient")
        shell.run("shellvault clear")
        shell.run("shellvault use ambient")
        inside = dump_environment(sandbox, shell)
        assert inside["SHELLVAULT_PROFILE"] == "ambient"
        assert not [name for name, value in inside.items() if key.secret in value]
    assert sandbox.aws.world.count("AssumeRole") == 2
