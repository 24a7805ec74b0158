"""Describes a bug of shellvault: where it happened and of what kind, but no value, which may be a secret."""

from __future__ import annotations

import traceback

STATUS = 1


def format_crash(error: BaseException) -> str:
    """Return a traceback without the exception's own text, and what to do with it."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = str(error) if isinstance(error, ImportError) else type(error).__name__
    return f"{frames}error: a bug in shellvault: {kind}\nhint: please report it with the lines above\n"
