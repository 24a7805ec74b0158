"""What `each` says about its runs. Pure."""

from __future__ import annotations

import json

from shellvault.core.errors import ShellvaultError
from shellvault.core.record import Record
from shellvault.core.text import count, format_error, sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WIDEST = 40  # columns of a prefix up to which the lines of all runs are aligned


class EachRun(Record):
    """One run: its profile, its region, which is empty if unknown, and whether other runs have another region."""

    profile: str
    region: str
    names_region: bool = False

    @property
    def label(self) -> str:
        """How the run is shown."""
        return sanitize(f"{self.profile} {self.region}" if self.names_region else self.profile)


def format_prefixes(runs: Sequence[EachRun]) -> list[bytes]:
    """Return what each line of each run begins with."""
    width = max((len(run.label) for run in runs if len(run.label) <= _WIDEST), default=0)
    return [f"{run.label:{width}} | ".encode() for run in runs]


def format_header(run: EachRun, status: int) -> bytes:
    """Return the line above the output of a run."""
    return f"=== {run.label}{f': exit status {status}' if status else ''}\n".encode()


def format_record(run: EachRun, account: str, status: int, outputs: Iterable[bytes], *, ascii_only: bool) -> bytes:
    """Return a run as a line of JSON; bytes of its stdout and stderr that are no UTF-8 become U+FFFD."""
    stdout, stderr = (output.decode(errors="replace") for output in outputs)
    record = {
        "profile": run.profile,
        "account": account or None,
        "region": run.region or None,
        "status": status,
        "stdout": stdout,
        "stderr": stderr,
    }
    return f"{json.dumps(record, ensure_ascii=ascii_only)}\n".encode(errors="surrogateescape")


def format_progress(statuses: Iterable[int], total: int, running: int) -> str:
    """Return a line about how far the runs are."""
    ended = list(statuses)
    failed = sum(map(bool, ended))
    return f"{len(ended)} of {total} done, {running} running{f', {failed} failed' if failed else ''}"


def format_summary(runs: Sequence[EachRun], statuses: Mapping[int, int], *, tells_success: bool) -> str:
    """Return which runs failed, and how; if none did, nothing unless `tells_success`."""
    if failed := [_format_failure(runs[index], status) for index, status in sorted(statuses.items()) if status]:
        return f"shellvault: {len(failed)} of {len(runs)} failed: {', '.join(failed)}\n"
    return f"shellvault: {count(len(runs), 'run')}, none failed\n" if tells_success else ""


def explain_error(error: Exception) -> tuple[int, bytes]:
    """Return the exit status of a run that could not start, and what it says on stderr."""
    if isinstance(error, ShellvaultError):
        return error.status, format_error(error).encode(errors="replace")
    from shellvault.system.crash_report import STATUS, format_crash

    return STATUS, format_crash(error).encode(errors="replace")


def _format_failure(run: EachRun, status: int) -> str:
    return f"{sanitize(run.profile)}{f' ({sanitize(run.region)})' if run.names_region else ''} {status}"
