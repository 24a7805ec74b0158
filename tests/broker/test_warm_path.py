"""The warm path, `env` with a session in the cache: what it loads, and that it starts nothing and asks nobody."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.broker.conftest import Person

WARM = ("env", "reader", "--shell", "bash")

MODULES = Path(__file__).with_name("warm_modules.txt").read_text().split()
"""Every module that the warm path loads beyond `python -c pass`. It may lose lines; it gains none without a measurement
by `tests/bench`."""

HEAVY = {
    *("argparse", "asyncio", "boto3", "botocore", "cryptography", "ctypes", "dataclasses", "enum", "functools"),
    *("hashlib", "inspect", "json", "keyring", "logging", "pathlib", "platformdirs", "re", "shellingham", "signal"),
    *("socket", "subprocess", "typing", "urllib"),
}


@pytest.fixture
def warm(person: Person) -> Person:
    """Return a person whose session is in the cache."""
    assert person.sandbox.run(*WARM).returncode == 0
    return person


def test_the_warm_path_loads_exactly_these_modules(warm: Person) -> None:
    """Nothing heavy and nothing by accident: a new import has to be written down here, and a dropped one struck out."""
    bare = _loaded(warm, "-c", "pass")
    loaded = _loaded(warm, SHELLVAULT, *WARM) - bare
    assert sorted(loaded - set(MODULES)) == [], "loaded, and not listed"
    assert sorted(set(MODULES) - loaded - bare) == [], "listed, and no longer loaded"
    assert (sorted(set(MODULES)), HEAVY.isdisjoint(MODULES)) == (MODULES, True)


def test_the_warm_path_starts_no_process(warm: Person) -> None:
    """One execve, which is its own start, and no fork of any kind; so it is with the shell found by itself."""
    for words in (WARM, WARM[:2]):
        script = ["strace", "-f", "-o", "trace", "-e", "trace=process", SHELLVAULT, *words]
        assert warm.sandbox.shell("bash", f"{' '.join(script)}; true").returncode == 0
        calls = [line.split(maxsplit=1)[1].partition("(")[0] for line in _lines(warm, "trace")]
        assert [call for call in calls if call in ("execve", "fork", "vfork", "clone", "clone3")] == ["execve"]


def test_the_warm_path_asks_nobody(warm: Person) -> None:
    """No call to AWS, no connection, and no look into the vault, which is locked and has no passphrase to be had."""
    assert warm.sandbox.run("lock").returncode == 0
    traced = ["strace", "-f", "-o", "trace", "-e", "trace=network", SHELLVAULT, *WARM]
    done = warm.sandbox.command(traced, SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in _lines(warm, "trace") if "exited with" not in line] == []
    assert warm.sandbox.aws.world.count("AssumeRole") == 1


def test_the_warm_path_reads_no_config_of_botocores_and_writes_no_file(warm: Person) -> None:
    """What it opens for writing is nothing; the second run finds everything as the first one left it."""
    assert warm.sandbox.run(*WARM).returncode == 0
    traced = ["strace", "-f", "-o", "trace", "-e", "trace=openat,mkdir,rename,unlink", SHELLVAULT, *WARM]
    assert warm.sandbox.command(traced).returncode == 0
    assert [
        line for line in _lines(warm, "trace") if any(flag in line for flag in ("O_WRONLY", "O_RDWR", "rename("))
    ] == []


def _loaded(person: Person, *words: str) -> set[str]:
    """Return the modules that an interpreter loads for a command line, as its own `-X importtime` lists them."""
    done = person.sandbox.command([sys.executable, "-X", "importtime", *words])
    assert done.returncode == 0, done.stderr
    rows = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {row[2].strip() for row in rows[1:]}


def _lines(person: Person, name: str) -> list[str]:
    return (person.sandbox.home / name).read_text().splitlines()
