"""Threads for work that waits. They are started on demand, and kept for the next job."""

from __future__ import annotations

import _thread
import queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]

_IDLE = 60.0  # seconds without work after which a thread ends


class Workers:
    """Runs jobs at once, each in a thread; `unfinished` is their number."""

    def __init__(self) -> None:
        self.unfinished = 0
        self._given: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = _thread.allocate_lock()
        self._free = 0  # threads that wait for a job and have not been given one

    def start(self, job: Job) -> None:
        """Run a job; it must not raise.

        Raises:
            RuntimeError: the system allows no more threads.
        """
        with self._lock:
            if self._free:
                self._free -= 1
            else:
                _thread.start_new_thread(self._work, ())
            self.unfinished += 1
            self._given.put(job)

    def _work(self) -> None:
        while self._run_next():
            pass

    def _run_next(self) -> bool:
        """Run a job, and forget it: what it holds may be secret. Return False if there was none for long."""
        if not (job := self._wait_for_job()):
            return False
        is_free = False
        try:
            job()
            is_free = True
        finally:
            with self._lock:
                self.unfinished -= 1
                self._free += is_free
        return True

    def _wait_for_job(self) -> Job | None:
        """Return the next job for this thread, or None if there has been none for so long that the thread may end."""
        try:
            return self._given.get(timeout=_IDLE)
        except queue.Empty:
            with self._lock:
                if self._free:
                    self._free -= 1
                    return None
        return self._given.get()  # one was given to us in the meantime
