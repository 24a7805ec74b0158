"""Runs the profile's `mfa_process`, a program of the person's own that prints a code."""

from __future__ import annotations

import shlex

from shellvault.core.errors import PersonNeededError, UsageError
from shellvault.ui.mfa.driver_program import FOR_MACHINES, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.ui.mfa.question import Question

_NAME = "mfa_process"
_HINT = "run mfa_process by hand to see what is wrong"


def code(question: Question) -> str:
    """Return what the program printed.

    Raises:
        UsageError: the profile names no program, or not so that it could be run.
        PersonNeededError: it failed, printed nothing, or took longer than a minute.
    """
    if not question.process:
        raise UsageError(
            f"the prompt driver 'process' runs mfa_process, which profile '{question.profile}' does not name",
            f"add mfa_process = COMMAND to [profile {question.profile}], or leave out --prompt",
        )
    try:
        done = run(_NAME, shlex.split(question.process), FOR_MACHINES)
    except ValueError:
        raise UsageError("mfa_process has unbalanced quotes", "mend it in the config file") from None
    except OSError as error:
        raise PersonNeededError(f"mfa_process could not be run: {error.strerror}", _HINT) from None
    if done.status or not done.output:
        raise PersonNeededError(f"mfa_process gave no code (exit status {done.status})", _HINT)
    return done.output
