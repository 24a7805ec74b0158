"""The benchmarks run to completion; judging their results takes a person and an otherwise idle machine."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.__main__ import measure
from tests.bench.benchmark_cases import FLOOR
from tests.bench.timed_shell import TimedShell
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ROW = re.compile(r"(\S.*?) +(\d+\.\d) ms +(\d+\.\d\d)x(?:   target (\d+(?:\.\d)?)x)?")


def test_one_round_prints_a_row_per_case() -> None:
    """Time, ratio to the interpreter alone, and the target if there is one."""
    done = subprocess.run([sys.executable, "-m", "tests.bench", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [match.groups() for line in done.stdout.splitlines() if (match := ROW.fullmatch(line))]
    assert {title: target for title, _, _, target in rows} == {
        "the interpreter alone": None,
        "env, warm": "1.6",
        "env, warm, detected shell": "1.6",
        "env, warm, 10,000 profiles": None,
        "list": None,
        "env, cold": "17",
    }
    assert len(done.stdout.splitlines()) == len(rows)


def test_hook_benchmark_prints_a_row_per_shell() -> None:
    """The cost of a prompt without the hook, what the hook adds, and the target."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "hook", "2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^(\w+) +\d+\.\d{3} ms +[+-]\d+\.\d{3} ms +[+-]\d+\.\d{3} ms   target \+(0\.\d) ms$", done.stdout, re.MULTILINE
    )
    assert rows == [("bash", "0.2"), ("zsh", "0.2"), ("fish", "0.6")]


def test_failing_command_aborts_the_benchmark(sandbox: Sandbox) -> None:
    """The error names the command and its exit status."""
    with TimedShell(clean_env(sandbox.home)) as shell:
        assert shell.measure_seconds("true") > 0
        with pytest.raises(RuntimeError, match="false: exit status 1"):
            shell.measure_seconds("false")


def test_cold_case_is_cold_each_time(sandbox: Sandbox) -> None:
    """Every run of the cold case calls AWS, and no run of another case does."""
    medians = measure(sandbox, 2)
    assert next(case.line for case in medians) == FLOOR
    assert min(medians.values()) > 0
    assert sandbox.aws.world.count("GetSessionToken") == 1 + 3  # the warm case's first run, and each cold run
