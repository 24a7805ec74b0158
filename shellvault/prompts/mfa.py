"""Where an MFA code comes from: the command line, the profile's mfa_process, or a person, in this order."""

from __future__ import annotations

from shellvault.errors import NotAskedError, PersonNeededError, UsageError
from shellvault.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = 6
PROCESS_TIMEOUT = 60  # seconds


class CodeSource(Record):
    """What gives codes during one command.

    Args:
        token: a code from the command line, good for one call, or the empty string.
        process: the profile's mfa_process, or the empty string.
        ask: asks a person a visible question; None where nobody may be asked.
    """

    token: str
    process: str
    ask: Callable[[str], str] | None

    def __call__(self, serial: str, profile: str) -> str:
        """Return a code for the MFA device `serial`.

        Raises:
            PersonNeededError: there was nobody to ask, or what was given is not a code.
        """
        return _checked(self.token or self._run() or self._asked(serial, profile), serial)

    def _run(self) -> str:
        return run_process(self.process) if self.process else ""

    def _asked(self, serial: str, profile: str) -> str:
        if self.ask is None:
            raise NotAskedError(
                f"profile '{profile}' needs a code of {serial}, and --no-input forbids to ask",
                "give it with --mfa-token, or run the command without --no-input",
            )
        return self.ask(f"MFA code for {profile} ({serial}): ")


def run_process(command: str) -> str:
    """Run a profile's mfa_process, with no shell in between, and return the code it prints.

    Raises:
        PersonNeededError: it failed, printed nothing, or took longer than a minute.
    """
    import shlex
    import subprocess

    hint = "run mfa_process by hand to see what is wrong"
    try:
        done = subprocess.run(  # what waits on stdin is for the command that `exec` will run
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=PROCESS_TIMEOUT,
            check=False,
        )
    except ValueError:
        raise UsageError("mfa_process has unbalanced quotes", "mend it in the config file") from None
    except OSError as error:
        raise PersonNeededError(f"mfa_process could not be run: {error.strerror}", hint) from None
    except subprocess.TimeoutExpired:
        raise PersonNeededError(f"mfa_process gave no code within {PROCESS_TIMEOUT} s", hint) from None
    if done.returncode or not done.stdout.strip():
        raise PersonNeededError(f"mfa_process gave no code (exit status {done.returncode})", hint)
    return done.stdout.decode(errors="replace").strip()


def _checked(code: str, serial: str) -> str:
    code = code.strip().replace(" ", "")
    if len(code) == _DIGITS and code.isascii() and code.isdigit():
        return code
    raise PersonNeededError(f"that is not a code of {serial}: a code is six digits", "run the command again")
