"""Threads that run commands beside the agent's loop. They are started on demand, and kept for the next command."""

from __future__ import annotations

import _thread
import queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_IDLE = 60.0  # seconds without work after which a thread ends


class Workers:
    """Runs each job at once: no job waits for another to end."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = _thread.allocate_lock()
        self._free = 0  # threads waiting for a job, minus jobs waiting for a thread
        self._unfinished = 0  # jobs

    @property
    def are_busy(self) -> bool:
        """Whether any job is still running."""
        return self._unfinished > 0

    def start(self, job: Callable[[], None]) -> None:
        """Run a job in a thread; the job must not raise.

        Raises:
            RuntimeError: the system allows no more threads.
        """
        with self._lock:
            self._unfinished += 1
            self._free -= 1
            needs_thread = self._free < 0
            if needs_thread:
                self._free += 1
        if not needs_thread:
            self._jobs.put(job)
            return
        try:
            _thread.start_new_thread(self._work, (job,))
        except RuntimeError:  # the system allows no more
            self._finish(0)
            raise

    def _work(self, job: Callable[[], None]) -> None:
        while True:
            try:
                job()
            except BaseException:
                self._finish(0)
                raise
            self._finish(1)
            try:
                job = self._jobs.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    if self._free > 0:
                        self._free -= 1
                        return
                job = self._jobs.get()  # one was queued for us in the meantime

    def _finish(self, free: int) -> None:
        with self._lock:
            self._unfinished -= 1
            self._free += free
