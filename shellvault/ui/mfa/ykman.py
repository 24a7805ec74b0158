"""Lets a YubiKey work out the code, with Yubico's ykman; the variables' names are aws-vault's."""

from __future__ import annotations

from shellvault.ui.mfa.driver_tools import Tool, ask_machine, code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_YKMAN = Tool("ykman", "ykman", "install it (apt install yubikey-manager, brew install ykman)")
_USAGE = 2  # ykman's exit status for words that it does not know
_COMMANDS = (("oath", "accounts", "code"), ("oath", "code"))  # since ykman 4, and before


def code(question: Question) -> str:
    """Return the code of the account that is named after the device, or by YKMAN_OATH_CREDENTIAL_NAME."""
    name = question.environ.get("YKMAN_OATH_CREDENTIAL_NAME") or question.serial
    key = question.environ.get("YKMAN_OATH_DEVICE_SERIAL")
    question.notice("asking the YubiKey for the code: touch the key if it blinks")
    for command in _COMMANDS:
        options = (*(("--device", key) if key else ()), *command, "--single", "--", name)
        done = ask_machine(_YKMAN, options, quiet=True)
        if done.status != _USAGE:
            break
    return code_of(_YKMAN, done, "ykman oath accounts list shows the names; YKMAN_OATH_CREDENTIAL_NAME chooses one")
