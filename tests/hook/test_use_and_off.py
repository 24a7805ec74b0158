"""`use` and `off` explain errors in their own terms, show their own help, and return the right status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, start_shell

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
REFUSED = {
    "use": "error: no profile given\nhint: there is no profile yet; store an access key: shellvault add NAME",
    "use -": "error: no previous profile in this shell\nhint: shellvault use PROFILE",
    "use ''": "error: no profile given\nhint: there is no profile yet; store an access key: shellvault add NAME",
    "use -d 1h -": "error: no previous profile in this shell\nhint: shellvault use PROFILE",
    "use a b": "error: use: unexpected argument 'b'\nhint: shellvault use [PROFILE] [options]",
    "use --mfa-tokn 1 a": "error: use: unknown option --mfa-tokn\nhint: did you mean --mfa-token?",
    "use -x a": "error: use: unknown option -x\nhint: shellvault use --help",
    "use a --unset": "error: use: unknown option --unset\nhint: shellvault use --help",
    "off extra": "error: off takes nothing: it takes out the session that is here\nhint: shellvault off",
}


@pytest.mark.parametrize("name", SHELLS)
def test_misuse_is_explained_in_terms_of_use_and_off(sandbox: Sandbox, name: str) -> None:
    """Status 2, without mentioning `env`, which the user has not typed."""
    with start_shell(sandbox, name) as shell:
        for words, message in REFUSED.items():
            assert shell.run(f"shellvault {words}; echo {STATUS[name]}") == f"{message}\n2", words


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_shown_and_changes_nothing(sandbox: Sandbox, name: str, option: str) -> None:
    """The option is not passed on to `env`, which would print it into the shell."""
    with start_shell(sandbox, name) as shell:
        assert shell.run(f"shellvault off {option}").startswith("shellvault off [options]")
        shown = shell.run(f"shellvault use {option}; echo {STATUS[name]}")
        assert shown.startswith("shellvault use [PROFILE] [options]")
        assert "--duration" in shown
        assert shown.endswith("\n0")


@pytest.mark.parametrize("name", SHELLS)
def test_interrupted_prompt_gives_130(sandbox: Sandbox, name: str) -> None:
    """Ctrl-C at the MFA prompt gives the same status as without the hook."""
    add_mfa_role(sandbox)
    with start_shell(sandbox, name) as shell:
        shell.terminal.type("shellvault use guarded")
        shell.terminal.expect("MFA code for base")
        shell.terminal.interrupt()
        shell.terminal.expect(re.escape(PROMPT))
        assert shell.run(f"echo {STATUS[name]}") in ("130", "130\n")
