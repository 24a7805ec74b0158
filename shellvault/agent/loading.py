"""Loads ahead what the first AWS call needs, which takes longer than the call, while nobody else needs the machine."""

from __future__ import annotations

import os
import time
from importlib import import_module

_NEEDED = (
    "shellvault.providers.sts_provider",
    "shellvault.providers.sso_provider",
    "shellvault.storage.sealed.sealed_file",
)
_FIRST_LOOK = 5.0  # seconds: a shell that starts has more to do than this
_PAUSE = 2.0
_LOOKS = 30


def load_when_idle() -> None:
    """Wait until the machine is idle, then load; give up after a minute."""
    time.sleep(_FIRST_LOOK)
    for _ in range(_LOOKS):
        if os.getloadavg()[0] < (os.cpu_count() or 1):
            break
        time.sleep(_PAUSE)
    else:
        return
    for name in _NEEDED:
        import_module(name)
