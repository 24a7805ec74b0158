"""The hook never asks: where a person is needed the segment says so, and `use` or `unlock` does the asking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT
from tests.hook.living import SHELLS, SHORT, living, with_short_sessions
from tests.hook.moments import becomes_due, expires_while_idle, forgotten, may_try_again
from tests.sandbox import PASSPHRASE

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.hook.living import Living
    from tests.sandbox import Sandbox

NEIGHBOUR = {"bash": "zsh", "zsh": "fish", "fish": "bash"}
QUESTION = "MFA code for"


def use_with_code(shell: Living, device: MfaDevice) -> None:
    """Type `shellvault use` and the code it asks for."""
    shell.terminal.type("shellvault use guarded")
    shell.terminal.expect(QUESTION)
    shell.terminal.type(device.next_code())
    shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize("name", SHELLS)
def test_a_code_is_asked_for_by_use_and_never_by_the_hook(sandbox: Sandbox, name: str) -> None:
    """Due or expired, the segment says `mfa`; one `use` heals this shell, and a second one at its next prompt."""
    device = add_mfa_role(sandbox)
    with living(sandbox, name) as shell, living(sandbox, NEIGHBOUR[name]) as second:
        use_with_code(shell, device)
        assert second.use("guarded") == (until := shell.expires_at()) > 0
        forgotten(sandbox)
        mark = len(shell.terminal.output)
        for each in (shell, second):
            becomes_due(each)
            each.prompts_until("SHELLVAULT_STATE", "mfa")
            assert re.fullmatch(r"guarded \d+[hm] mfa", each.value("SHELLVAULT_SEGMENT"))
            assert each.expires_at() == until
        assert QUESTION not in shell.terminal.output[mark:] + second.terminal.output
        use_with_code(shell, device)
        shell.prompts_until("SHELLVAULT_STATE", "fresh")
        second.prompts_until("SHELLVAULT_STATE", "fresh")
        assert shell.expires_at() == second.expires_at() > until
        assert shell.terminal.output.count(QUESTION) == 2
        assert QUESTION not in second.terminal.output
    assert sandbox.aws.world.count("GetSessionToken") == 2


@pytest.mark.parametrize("name", SHELLS)
def test_an_expired_session_that_needs_a_code_asks_nothing_either(sandbox: Sandbox, name: str) -> None:
    """The command runs with what there is, is told why, and the next one is left in peace."""
    device = add_mfa_role(sandbox)
    with living(sandbox, name) as shell:
        use_with_code(shell, device)
        key_id = shell.value("AWS_ACCESS_KEY_ID")
        forgotten(sandbox)
        expires_while_idle(shell)
        mark = len(shell.terminal.output)
        printed = shell.do("echo $AWS_ACCESS_KEY_ID")
        assert printed.startswith("error: profile 'base' needs a code of ")
        assert printed.endswith(key_id)
        may_try_again(shell)
        assert shell.do("echo $AWS_ACCESS_KEY_ID") == key_id
        assert shell.value("SHELLVAULT_SEGMENT") == "guarded mfa"
        assert QUESTION not in shell.terminal.output[mark:]
        assert shell.terminal.output[mark:].count("error:") == 1
    assert sandbox.aws.world.count("GetSessionToken") == 1


@pytest.mark.parametrize("name", SHELLS)
def test_a_locked_vault_shows_and_heals_when_it_is_unlocked(sandbox: Sandbox, name: str) -> None:
    """The passphrase is asked for by `unlock`; the hook then finds its way back alone."""
    with_short_sessions(sandbox, 3600)
    with living(sandbox, name, SHELLVAULT_PASSPHRASE_FILE="") as shell:
        until = shell.use(SHORT)
        shell.do("shellvault lock")
        forgotten(sandbox)
        becomes_due(shell)
        shell.prompts_until("SHELLVAULT_STATE", "locked")
        assert re.fullmatch(rf"{SHORT} \d+[hm] locked", shell.value("SHELLVAULT_SEGMENT"))
        assert shell.expires_at() == until
        assert "Passphrase" not in shell.terminal.output
        shell.terminal.type("shellvault unlock")
        shell.terminal.expect("Passphrase of the sealed vault: ")
        shell.terminal.type(PASSPHRASE)
        shell.terminal.expect(re.escape(PROMPT))
        may_try_again(shell)
        shell.prompts_until("SHELLVAULT_STATE", "fresh")
        assert shell.expires_at() > until
        assert shell.terminal.output.count("Passphrase") == 1
