"""Reports a bug of ours: where it happened and of what kind, and never a value, which may be a secret."""

from __future__ import annotations

import os
import traceback

STATUS = 1


def report_crash(error: BaseException) -> int:
    """Print the way to the bug without the exception's own words, and return the exit status."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    what = str(error) if isinstance(error, ImportError) else type(error).__name__
    text = f"{frames}error: a bug in shellvault: {what}\nhint: please report it with the lines above\n"
    os.write(2, text.encode(errors="surrogateescape"))
    return STATUS
