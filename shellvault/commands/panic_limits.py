"""Makes `panic` robust: short calls, settings that cannot be read are skipped, and one run at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager

from shellvault.core.durations import parse_duration, parse_timeout
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.system.file_lock import FileLock, NoLockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.settings import Settings

_LONGEST_CALL = 10  # seconds; a call that hangs keeps a stolen key alive
_LONGEST_RUN = 300  # seconds that another run may take
_LOCK_AFTER = "SHELLVAULT_LOCK_AFTER"
_CONFIG_FILES = ("AWS_CONFIG_FILE", "SHELLVAULT_CONFIG_FILE")


def make_hasty(settings: Settings, notice: Callable[[str], None]) -> Settings:
    """Return settings with which calls are short; what cannot be read is told, and left out."""
    try:
        limit = min(parse_timeout(settings.timeout), _LONGEST_CALL)
    except UsageError as error:
        notice(f"{error.message}; going on without it")
        limit = _LONGEST_CALL
    environ = dict(settings.environ)
    try:
        parse_duration(environ.get(_LOCK_AFTER) or "1h", _LOCK_AFTER)
    except UsageError as error:
        notice(f"{error.message}; going on without it")
        del environ[_LOCK_AFTER]
    return settings.replace(timeout=f"{limit}s", environ=environ)


def without_config(settings: Settings) -> Settings:
    """Return settings that point at no config file."""
    environ = {name: value for name, value in settings.environ.items() if name not in _CONFIG_FILES}
    return settings.replace(config_file=os.path.join(settings.home, "no config file"), environ=environ)


@contextmanager
def run_alone(home: str, notice: Callable[[str], None]) -> Iterator[None]:
    """Wait for another run, which would overwrite the record of this one; without a lock, go on.

    Raises:
        VaultUnavailableError: it does not end.
    """
    refusal = VaultUnavailableError("another shellvault panic is running", "run it again when that has ended")
    lock = FileLock(os.path.join(home, "panic.lock"), notice=notice, refusal=refusal, limit=_LONGEST_RUN)
    try:
        lock.__enter__()
    except NoLockError:
        yield
        return
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
