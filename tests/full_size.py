"""How often a test repeats what it tries on generated input: a tenth of the full size, which `tests.nightly` runs."""

from __future__ import annotations

import os
from collections.abc import Callable

PERCENT = "SHELLVAULT_TEST_PERCENT"
"""The variable that says how many percent of the full size to run."""
_USUAL = 10


Note = Callable[[str, object], None]
"""pytest's `record_property`: a test notes its `runs` by it."""


def scale(full: int) -> int:
    """Return how often to do what the full size does `full` times."""
    return max(1, full * int(os.environ.get(PERCENT, _USUAL)) // 100)
