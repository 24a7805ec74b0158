"""What `panic` says: what it would do, what it is about to do, and what became of it."""

from __future__ import annotations

from shellvault.core.errors import AwsRefusedError
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shellvault.commands.panic_task import PanicTask
    from shellvault.core.revocation.panic_steps import Outcome

_HERE = "here: forget all sessions and sign-ins, lock the sealed vault, stop the agent and what is served or lent"
_SUMMARY = (
    "here, it forgets all sessions and sign-ins, locks the sealed vault, and stops the agent and what is served or lent"
)


def describe_task(task: PanicTask) -> str:
    """Return what would be done, in order."""
    steps = [*_list_steps(task), _HERE]
    lines = ["Nothing was done. shellvault panic would, in this order:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    return _join([*lines, *_list_failures(task.impossible), *_list_left(task.left)])


def _list_steps(task: PanicTask) -> Iterator[str]:
    for role in task.plan.roles:
        yield f"deny everything to older sessions of {role.title}"
    for key in task.plan.keys:
        yield f"deny everything to older sessions of the user with {key.title}"
    for key in task.plan.keys:
        yield f"deactivate {key.title}"


def summarize_task(task: PanicTask) -> list[str]:
    """Return what the user is asked about."""
    plan = task.plan
    keys = ", ".join(key.title for key in plan.keys)
    roles = ", ".join(role.title for role in plan.roles)
    return [
        *([f"this deactivates {keys}, and ends every session of its user"] if keys else []),
        *([f"it ends every session of {roles}, including other people's"] if roles else []),
        _SUMMARY,
    ]


def describe_outcomes(outcomes: Sequence[Outcome], left: Iterable[str]) -> str:
    """Return what was done, what was not, and what is left to the user."""
    done = [f"  {each.text}" for each in outcomes if each.error is None]
    return _join([*(["Done:", *done] if done else []), *_list_failures(outcomes), *_list_left(left)])


def _list_failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    failed = [each for each in outcomes if each.error]
    if failed:
        yield "Not done:"
    for each in failed:
        yield f"  {each.text}: {each.error.message if each.error else ''}"
        if each.error and each.error.hint:
            yield f"    hint: {each.error.hint}"
        yield f"    instead: {each.instead}"


def _list_left(left: Iterable[str]) -> Iterator[str]:
    lines = [f"  {each}" for each in left]
    yield from ["Left to you:", *lines] if lines else []


def _join(lines: Iterable[str]) -> str:
    return "".join(f"{sanitize(line)}\n" for line in lines)


def find_status(outcomes: Iterable[Outcome]) -> int:
    """Return the exit status: that of a refusal if there is one, else the highest of what failed."""
    found = {each.error.status for each in outcomes if each.error}
    return AwsRefusedError.status if AwsRefusedError.status in found else max(found, default=0)
