"""Drivers that ask nobody: a YubiKey, `pass otp`, and the profile's mfa_process work out the code."""

from __future__ import annotations

import shlex
import shutil

from shellvault.core.errors import PersonNeededError, UsageError
from shellvault.ui.mfa.driver_program import (
    GENERATOR_PATIENCE,
    DriverTool,
    require_output,
    run_driver_program,
    run_generator,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.settings import Settings
    from shellvault.ui.mfa.drivers import Question
    from shellvault.ui.user_interface import Ui

_YKMAN = DriverTool("ykman", "ykman", "install it (apt install yubikey-manager, brew install ykman)")
_YKMAN_USAGE = 2  # ykman's exit status for words that it does not know
_YKMAN_COMMANDS = ("oath accounts code --single --", "oath code --single --")  # since ykman 4, and before
_PASS = DriverTool("pass", "pass", "install it and its extension (apt install pass pass-extension-otp)")
_GOPASS = DriverTool("pass", "gopass", "install it")
_BY_HAND = "run mfa_process by hand to see what is wrong"


def run_ykman(question: Question, settings: Settings, ui: Ui) -> str:
    """Return the code of a YubiKey's account, by default the one that is named after the MFA device."""
    account, serial, _entry = settings.code_sources
    device = (f"--device={serial}",) if serial else ()
    ui.notice("asking the YubiKey for the code: touch the key if it blinks")
    for command in _YKMAN_COMMANDS:
        done = run_generator(_YKMAN, (*device, *command.split(), account or question.serial), settings, quiet=True)
        if done.status != _YKMAN_USAGE:
            break
    return require_output(
        _YKMAN, done, "ykman oath accounts list shows the names; YKMAN_OATH_CREDENTIAL_NAME chooses one"
    )


def run_pass(question: Question, settings: Settings, _ui: Ui) -> str:
    """Return the code of an entry of `pass otp`, by default the one that is named after the MFA device.

    gopass is used if it is installed and pass is not.
    """
    entry, path = settings.code_sources[2] or question.serial, settings.environ.get("PATH")
    if shutil.which(_PASS.program, path=path) or not shutil.which(_GOPASS.program, path=path):
        tool, words = _PASS, ("otp", "code", "--", entry)
    else:
        tool, words = _GOPASS, ("otp", "-o", "--", entry)
    done = run_generator(tool, words, settings)
    return require_output(tool, done, f"{tool.program} ls shows the entries; PASS_OATH_CREDENTIAL_NAME chooses one")


def run_mfa_process(question: Question, settings: Settings, _ui: Ui) -> str:
    """Return what the profile's mfa_process prints.

    Raises:
        UsageError: the profile names no program, or not in a way that can be run.
        PersonNeededError: it failed, printed nothing, or took longer than a minute.
    """
    _require_command(question)
    try:
        done = run_driver_program("mfa_process", shlex.split(question.mfa_process), settings, GENERATOR_PATIENCE)
    except ValueError:
        raise UsageError("mfa_process has unbalanced quotes", "correct it in the config file") from None
    except OSError as error:
        raise PersonNeededError(f"mfa_process could not be run: {error.strerror}", _BY_HAND) from None
    if done.status or not done.stdout:
        raise PersonNeededError(f"mfa_process gave no code (exit status {done.status})", _BY_HAND)
    return done.stdout


def _require_command(question: Question) -> None:
    if not question.mfa_process:
        raise UsageError(
            f"the prompt driver 'process' runs mfa_process, which profile '{question.profile}' does not have",
            f"add mfa_process = COMMAND to [profile {question.profile}], or leave out --prompt",
        )
