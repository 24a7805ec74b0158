"""Runs the user's own programs that print credentials or a token."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from shellvault.core.errors import AwsUnreachableError, UsageError
from shellvault.system import child_program

if TYPE_CHECKING:
    from shellvault.providers.provider_context import ProviderContext

PATIENCE = 60  # seconds
MOST = 64 * 1024  # bytes


def run_credential_program(command: str, what: str, context: ProviderContext) -> bytes:
    """Return what a program prints; its stderr is shown, and it may ask on the terminal.

    Args:
        command: words as a shell would split them; nothing else of a shell's language is understood.
        what: names the program in messages.
        context: has its environment and folder, and what checks programs.

    Raises:
        UsageError: it cannot be run, or the config file that names it is not trusted.
        AwsUnreachableError: it failed, took too long, or printed too much.
    """
    context.network.guard.check_program(f"the {what}")
    context.ui.terminal.expect_person()  # the program may ask; and the agent runs no program of the user's
    environ, cwd = context.environment_for_children(), context.settings.cwd
    try:
        done = child_program.run(split_command(command), environ=environ, cwd=cwd, patience=PATIENCE, most=MOST)
    except child_program.TooSlowError:
        raise _failed(f"{what} did not finish within {PATIENCE} s") from None
    except child_program.TooMuchError:
        raise _failed(f"{what} printed more than {MOST // 1024} KiB") from None
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its quotes are unbalanced, or it names no program"
        raise UsageError(f"{what} could not be run: {reason}", "correct it in the config file") from None
    if done.status:
        raise _failed(f"{what} failed with exit status {done.status}")
    return done.stdout


def split_command(line: str) -> list[str]:
    """Return the words of a command in the config file, as the AWS CLI and SDKs split it on this system.

    Raises:
        ValueError: its quotes are unbalanced.
    """
    if sys.platform == "win32":
        from botocore.compat import compat_shell_split

        return list(compat_shell_split(line))
    return shlex.split(line)


def _failed(message: str) -> AwsUnreachableError:
    return AwsUnreachableError(message, "run it by hand to see what is wrong")
