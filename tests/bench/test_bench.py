"""The benchmark runs to its end. What it measures is for people to judge, on a machine that does nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.__main__ import measured
from tests.bench.cases import FLOOR
from tests.bench.shell import Shell
from tests.shells.run import clean_env

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ROW = re.compile(r"(\S.*?) +(\d+\.\d) ms +(\d+\.\d\d)x(?:   target (\d+(?:\.\d)?)x)?")


def test_one_round_prints_a_row_for_every_case() -> None:
    """Time, ratio to the interpreter alone, and the target where there is one."""
    done = subprocess.run([sys.executable, "-m", "tests.bench", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [match.groups() for line in done.stdout.splitlines() if (match := ROW.fullmatch(line))]
    assert {title: target for title, _, _, target in rows} == {
        "the interpreter alone": None,
        "env, warm": "1.6",
        "env, warm, the shell found by itself": "1.6",
        "env, warm, 10,000 profiles": None,
        "list": None,
        "env, cold": "17",
    }
    assert len(done.stdout.splitlines()) == len(rows)


def test_the_hook_has_a_row_for_every_shell() -> None:
    """What a prompt costs without the hook, what the hook adds to it, and the target."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "hook", "2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^(\w+) +\d+\.\d{3} ms +[+-]\d+\.\d{3} ms +[+-]\d+\.\d{3} ms   target \+(0\.\d) ms$", done.stdout, re.MULTILINE
    )
    assert rows == [("bash", "0.2"), ("zsh", "0.2"), ("fish", "0.6")]


def test_a_case_that_fails_is_no_measurement(sandbox: Sandbox) -> None:
    """A line with another exit status than 0 ends the benchmark, with the line in the error."""
    with Shell(clean_env(sandbox.home)) as shell:
        assert shell.seconds("true") > 0
        with pytest.raises(RuntimeError, match="false: exit status 1"):
            shell.seconds("false")


def test_a_cold_case_is_cold_each_time(sandbox: Sandbox) -> None:
    """Every measured run of the cold case makes its own call to AWS, and no run of another case makes any."""
    medians = measured(sandbox, 2)
    assert next(case.line for case in medians) == FLOOR
    assert min(medians.values()) > 0
    assert sandbox.aws.world.count("GetSessionToken") == 1 + 3  # the warm case's first run, and each of the cold case's
