"""Describes the machine that the figures were measured on."""

from __future__ import annotations

import os
import platform
import time

from shellvault import __version__
from shellvault.storage.opener import kernel_keyring


def describe_machine() -> list[str]:
    """Return what a reader needs to know to compare the figures."""
    uname = os.uname()
    release = ".".join(uname.release.split(".")[:2])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = "the kernel keyring" if kernel_keyring("/").is_available() else "the vault, for lack of a kernel keyring"
    return [
        f"shellvault {__version__}, {time.strftime('%Y-%m-%d', time.gmtime())}",
        f"{uname.sysname} {release}, {uname.machine}, {cores} cores, {describe_load()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"keys in the sealed vault, sessions in {memory}",
    ]


def describe_load() -> str:
    """Return the load average of the last minute."""
    return f"load {os.getloadavg()[0]:.1f}"
