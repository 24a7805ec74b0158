"""The warm path (`env` with a cached session): the modules it loads, and that it starts and contacts nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser

WARM = ("env", "reader", "--shell", "bash")

MODULES = Path(__file__).with_name("warm_modules.txt").read_text().split()
"""Every module that the warm path loads beyond `python -c pass`.

Removing lines is fine; adding one requires a measurement with `tests/bench`."
"""

HEAVY = {
    *("argparse", "asyncio", "boto3", "botocore", "cryptography", "ctypes", "dataclasses", "enum", "functools"),
    *("hashlib", "inspect", "json", "keyring", "logging", "pathlib", "platformdirs", "re", "shellingham", "signal"),
    *("socket", "subprocess", "typing", "urllib"),
}


@pytest.fixture
def warm_user(user: MfaUser) -> MfaUser:
    """Return a user whose session is cached, and for whom the command has run warm before."""
    for _ in range(2):
        assert user.sandbox.run(*WARM).returncode == 0
    return user


def test_warm_path_loads_exactly_the_listed_modules(warm_user: MfaUser) -> None:
    """Nothing heavy and nothing by accident: a new import must be added to the list, a dropped one removed."""
    bare = _list_loaded_modules(warm_user, "-c", "pass")
    loaded = _list_loaded_modules(warm_user, SHELLVAULT, *WARM) - bare
    assert sorted(loaded - set(MODULES)) == [], "loaded but not listed"
    assert sorted(set(MODULES) - loaded - bare) == [], "listed but no longer loaded"
    assert (sorted(set(MODULES)), HEAVY.isdisjoint(MODULES)) == (MODULES, True)


@pytest.mark.parametrize("line", ["list", "status", "exec reader -- true", "hook bash", "hook zsh", "hook fish"])
def test_other_quick_commands_load_nothing_heavy(warm_user: MfaUser, line: str) -> None:
    """They are on the way of every shell that starts, and of every look at what there is."""
    loaded = _list_loaded_modules(warm_user, SHELLVAULT, *line.split())
    assert sorted(loaded & (HEAVY | {"collections", "contextlib", "struct", "warnings"})) == []


def test_the_hook_is_printed_without_reading_anything_else(warm_user: MfaUser) -> None:
    """No settings, no config file, no vault."""
    loaded = _list_loaded_modules(warm_user, SHELLVAULT, "hook", "bash")
    assert {"shellvault.app", "shellvault.settings", "shellvault.storage"}.isdisjoint(loaded)


def test_warm_path_starts_no_process(warm_user: MfaUser) -> None:
    """One execve, its own start, and no fork of any kind, even when the shell has to be detected."""
    for words in (WARM, WARM[:2]):
        script = ["strace", "-f", "-o", "trace", "-e", "trace=process", SHELLVAULT, *words]
        assert warm_user.sandbox.shell("bash", f"{' '.join(script)}; true").returncode == 0
        calls = [line.split(maxsplit=1)[1].partition("(")[0] for line in _read_lines(warm_user, "trace")]
        assert [call for call in calls if call in ("execve", "fork", "vfork", "clone", "clone3")] == ["execve"]


def test_warm_path_makes_no_connection(warm_user: MfaUser) -> None:
    """No call to AWS, no other connection, and no access to the vault, which is locked with no passphrase available."""
    assert warm_user.sandbox.run("lock").returncode == 0
    traced = ["strace", "-f", "-o", "trace", "-e", "trace=network", SHELLVAULT, *WARM]
    done = warm_user.sandbox.command(traced, SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in _read_lines(warm_user, "trace") if "exited with" not in line] == []
    assert warm_user.sandbox.aws.world.count("AssumeRole") == 1


def test_warm_path_writes_only_the_log(warm_user: MfaUser) -> None:
    """On a second run with a cached session, no other file is opened for writing or renamed, and the log once."""
    assert warm_user.sandbox.run(*WARM).returncode == 0
    traced = ["strace", "-f", "-o", "trace", "-e", "trace=openat,mkdir,rename,unlink", SHELLVAULT, *WARM]
    assert warm_user.sandbox.command(traced).returncode == 0
    written = [
        line
        for line in _read_lines(warm_user, "trace")
        if any(flag in line for flag in ("O_WRONLY", "O_RDWR", "rename("))
        if "__pycache__" not in line  # another test's process may have had this one's code written anew
    ]
    assert [line.split('"')[1] for line in written] == [str(warm_user.sandbox.vault / "log")]
    assert "O_APPEND" in written[0]


def _list_loaded_modules(user: MfaUser, *words: str) -> set[str]:
    """Return the modules an interpreter loads for a command line, according to `-X importtime`."""
    done = user.sandbox.command([sys.executable, "-X", "importtime", *words])
    assert done.returncode == 0, done.stderr
    rows = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {row[2].strip() for row in rows[1:]}


def _read_lines(user: MfaUser, name: str) -> list[str]:
    return (user.sandbox.home / name).read_text().splitlines()
