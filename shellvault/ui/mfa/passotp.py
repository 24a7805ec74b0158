"""Lets `pass otp` work out the code; the variable's name is aws-vault's."""

from __future__ import annotations

from shellvault.ui.mfa.driver_tools import Tool, ask_machine, code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_PASS = Tool("pass", "pass", "install it and its extension (apt install pass pass-extension-otp)")


def code(question: Question) -> str:
    """Return the code of the entry that is named after the device, or by PASS_OATH_CREDENTIAL_NAME."""
    name = question.environ.get("PASS_OATH_CREDENTIAL_NAME") or question.serial
    done = ask_machine(_PASS, ("otp", "code", "--", name))
    return code_of(_PASS, done, "pass ls shows the entries; PASS_OATH_CREDENTIAL_NAME chooses one")
