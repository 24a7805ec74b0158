"""How long one command waits for AWS, and what it says meanwhile."""

from __future__ import annotations

import time

from shellvault.core.durations import AWS_TIMEOUT
from shellvault.system.bounded_call import call_in_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

QUIET = 1.0  # seconds without an answer until the user is told what we are waiting for
_LAST = 1.0  # seconds that a call still gets once the time is up


class Patience:
    """The total seconds that one command's calls may go unanswered or fail; an answer restores them.

    Args:
        limit: the seconds.
        tell: tells the user what we are waiting for.
    """

    def __init__(self, limit: float = AWS_TIMEOUT, tell: Callable[[str], None] = lambda _text: None) -> None:
        self.limit = limit
        self._tell = tell
        self._told = ""
        self._unanswered = 0.0

    def wait(
        self, action: Callable[[], Result], where: str, is_answer: Callable[[Result], bool] = lambda _result: True
    ) -> Result:
        """Return the result of `action`, which asks `where`; `is_answer` says whether the service has answered.

        Raises:
            TimeoutError: it took longer than the rest of the limit.
        """

        def report() -> None:
            if where != self._told:
                self._told = where
                self._tell(f"waiting for {where}")

        started = time.monotonic()
        try:
            result = call_in_time(action, max(self.limit - self._unanswered, min(_LAST, self.limit)), QUIET, report)
        except Exception:
            self._unanswered += time.monotonic() - started
            raise
        self._unanswered = 0.0 if is_answer(result) else self._unanswered + time.monotonic() - started
        return result
