"""The hook never prompts: the segment shows that input is needed, and `use` or `unlock` asks for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, SHORT, add_short_profile, start_shell
from tests.hook.session_states import drop_sessions, end_backoff, expire_session, make_due
from tests.sandbox import PASSPHRASE

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox

OTHER_SHELL = {"bash": "zsh", "zsh": "fish", "fish": "bash"}
MFA_PROMPT = "MFA code for base"


def use_with_code(shell: LiveShell, device: MfaDevice) -> None:
    """Type `shellvault use` and the code that it prompts for."""
    shell.terminal.type("shellvault use guarded")
    shell.terminal.expect(MFA_PROMPT)
    shell.terminal.type(device.next_code())
    shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize("name", SHELLS)
def test_mfa_code_is_requested_by_use_and_never_by_the_hook(sandbox: Sandbox, name: str) -> None:
    """The segment of a due session says `mfa`; one `use` fixes this shell, and another shell at its next prompt."""
    device = add_mfa_role(sandbox)
    with start_shell(sandbox, name) as shell, start_shell(sandbox, OTHER_SHELL[name]) as second:
        use_with_code(shell, device)
        assert second.use("guarded") == (until := shell.get_expiry()) > 0
        drop_sessions(sandbox)
        mark = len(shell.terminal.output)
        for each in (shell, second):
            make_due(each)
            each.prompt_until("SHELLVAULT_STATE", "mfa")
            assert re.fullmatch(r"guarded \d+[hm] mfa", each.get_variable("SHELLVAULT_SEGMENT"))
            assert each.get_expiry() == until
        assert MFA_PROMPT not in shell.terminal.output[mark:] + second.terminal.output
        use_with_code(shell, device)
        shell.prompt_until("SHELLVAULT_STATE", "fresh")
        second.prompt_until("SHELLVAULT_STATE", "fresh")
        assert shell.get_expiry() == second.get_expiry() > until
        assert shell.terminal.output.count(MFA_PROMPT) == 2
        assert MFA_PROMPT not in second.terminal.output
    assert sandbox.aws.world.count("GetSessionToken") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_expired_mfa_session_does_not_prompt_either(sandbox: Sandbox, name: str) -> None:
    """The command runs with the old session and one error message; later commands run without one."""
    device = add_mfa_role(sandbox)
    with start_shell(sandbox, name) as shell:
        use_with_code(shell, device)
        key_id = shell.get_variable("AWS_ACCESS_KEY_ID")
        drop_sessions(sandbox)
        expire_session(shell)
        mark = len(shell.terminal.output)
        printed = shell.run("echo $AWS_ACCESS_KEY_ID")
        assert printed.startswith("error: profile 'base' needs an MFA code for ")
        assert printed.endswith(key_id)
        end_backoff(shell)
        assert shell.run("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.get_variable("SHELLVAULT_SEGMENT") == "guarded mfa"
        assert MFA_PROMPT not in shell.terminal.output[mark:]
        assert shell.terminal.output[mark:].count("error:") == 1
    assert sandbox.aws.world.count("GetSessionToken") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_locked_vault_is_shown_until_it_is_unlocked(sandbox: Sandbox, name: str) -> None:
    """`unlock` prompts for the passphrase; the hook then recovers without help."""
    add_short_profile(sandbox, 3600)
    with start_shell(sandbox, name, SHELLVAULT_PASSPHRASE_FILE="") as shell:
        until = shell.use(SHORT)
        shell.run("shellvault lock")
        drop_sessions(sandbox)
        make_due(shell)
        shell.prompt_until("SHELLVAULT_STATE", "locked")
        assert re.fullmatch(rf"{SHORT} \d+[hm] locked", shell.get_variable("SHELLVAULT_SEGMENT"))
        assert shell.get_expiry() == until
        assert "Passphrase" not in shell.terminal.output
        shell.terminal.type("shellvault unlock")
        shell.terminal.expect("Passphrase of the sealed vault: ")
        shell.terminal.type(PASSPHRASE)
        shell.terminal.expect(re.escape(PROMPT))
        end_backoff(shell)
        shell.prompt_until("SHELLVAULT_STATE", "fresh")
        assert shell.get_expiry() > until
        assert shell.terminal.output.count("Passphrase") == 1
