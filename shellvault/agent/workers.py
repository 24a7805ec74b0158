"""Threads that run commands beside the agent's loop. They are started on demand, and kept for the next command.

Commands take turns: Python runs one thread at a time anyway, and threads that compete at each system call spend more
time on that than on their work. A command that is about to wait, for AWS or another process, lets the others go on.
"""

from __future__ import annotations

import _thread
import queue
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]

_IDLE = 60.0  # seconds without work after which a thread ends


class Workers:
    """Runs jobs: at once, or in turn."""

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = _thread.allocate_lock()
        self._free = 0  # threads that wait for a job and have not been given one
        self._unfinished = 0  # jobs
        self._waiting: deque[tuple[Job, Job]] = deque()  # for their turn; and what is called instead of each
        self._turn: Job | None = None  # the job that has it
        self._old_turn: Job | None = None  # the same at the last beat
        self._running: dict[int, Job] = {}  # thread -> its job

    @property
    def are_busy(self) -> bool:
        """Whether any job is still running, or waits for its turn."""
        return self._unfinished > 0

    def start(self, job: Job) -> None:
        """Run a job in a thread at once; the job must not raise.

        Raises:
            RuntimeError: the system allows no more threads.
        """
        with self._lock:
            self._unfinished += 1
            try:
                self._give(job)
            except RuntimeError:
                self._unfinished -= 1
                raise

    def start_in_turn(self, job: Job, refuse: Job) -> None:
        """Run a job in a thread once those that came before have ended, or wait for something; it must not raise.

        `refuse` is called instead, at once, where the system allows no more threads; it must not raise or wait.
        """
        with self._lock:
            self._unfinished += 1
            self._waiting.append((job, refuse))
            if self._turn is None:
                self._pass_turn()

    def give_way(self) -> None:
        """Let the next job begin: the one that calls this is about to wait."""
        with self._lock:
            if self._turn and self._turn is self._running.get(_thread.get_ident()):
                self._pass_turn()

    def beat(self) -> None:
        """Let the next job begin if one has had its turn since the last beat: it waits without saying so."""
        with self._lock:
            if self._turn and self._turn is self._old_turn:
                self._pass_turn()
            self._old_turn = self._turn

    def _pass_turn(self) -> None:
        """Give the next job to a thread, with the lock held; refuse those for which there is none."""
        self._turn = None
        while self._waiting and self._turn is None:
            self._turn, refuse = self._waiting.popleft()
            try:
                self._give(self._turn)
            except RuntimeError:
                self._turn = None
                self._unfinished -= 1
                refuse()

    def _give(self, job: Job) -> None:
        """Give a job to a thread, with the lock held."""
        if self._free:
            self._free -= 1
            self._given.put(job)
        else:
            _thread.start_new_thread(self._work, (job,))

    def _work(self, job: Job) -> None:
        thread = _thread.get_ident()
        following: Job | None = job
        while following:
            job = self._running[thread] = following
            try:
                job()
            except BaseException:
                with self._lock:
                    self._end(job, thread)
                    if self._turn is None:
                        self._pass_turn()
                raise
            following = self._find_following(job, thread) or self._wait_for_job()

    def _end(self, job: Job, thread: int) -> None:
        """Note that a job has ended, with the lock held."""
        del self._running[thread]
        self._unfinished -= 1
        if self._turn is job:
            self._turn = None

    def _find_following(self, job: Job, thread: int) -> Job | None:
        """Return the job whose turn comes after this one; if there is none, the thread becomes free."""
        with self._lock:
            self._end(job, thread)
            if self._turn is None and self._waiting:
                self._turn, _refuse = self._waiting.popleft()
                return self._turn
            self._free += 1
            return None

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
