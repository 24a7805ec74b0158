"""The benchmarks run to completion; judging their results takes a person and an otherwise idle machine."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.bench.benchmark_cases import prepare_cases
from tests.bench.crowd import Crowd
from tests.bench.measurement import FLOOR, WITH, WITHOUT, Measurement
from tests.bench.plot import draw
from tests.bench.report import format_report
from tests.bench.stage import Stage
from tests.bench.timed_shell import TimedShell
from tests.bench.timings import Timings
from tests.shells.real_shells import clean_env

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

KEPT, CLOSED = "env, cold, connection kept", "env, cold, new connection"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return the benchmark's setup."""
    with Stage(tmp_path) as found:
        yield found


def test_hook_benchmark_prints_a_row_per_shell() -> None:
    """The cost of a prompt without the hook, what the hook adds, and the target."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "hook", "2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    number = r"[+-]?\d+\.\d{3} ms"
    rows = re.findall(rf"^(\w+) +{number} +{number} +{number}   target \+(0\.\d) ms$", done.stdout, re.MULTILINE)
    assert rows == [("bash", "0.2"), ("zsh", "0.2"), ("fish", "0.6")]


def test_failing_command_aborts_the_benchmark(sandbox: Sandbox) -> None:
    """The error names the command and its exit status."""
    with TimedShell(clean_env(sandbox.home)) as shell:
        assert shell.measure_seconds("true") > 0
        with pytest.raises(RuntimeError, match="false: exit status 1"):
            shell.measure_seconds("false")


def test_every_command_makes_the_calls_that_its_row_claims(stage: Stage) -> None:
    """Only cold ones call AWS, and only an agent reuses a connection for that."""
    cases = prepare_cases(stage)
    assert cases[0].line == FLOOR
    for case in cases:
        case.before()
        stage.shells[case.shell].measure_seconds(case.line)  # servers close idle connections
        case.before()
        before = len(stage.aws.world.calls), stage.kept.connections, stage.closed.connections
        stage.shells[case.shell].measure_seconds(case.line)
        after = len(stage.aws.world.calls), stage.kept.connections, stage.closed.connections
        called, on_kept, on_closed = (now - then for now, then in zip(after, before, strict=True))
        assert called == (case.title in (KEPT, CLOSED)), case
        assert on_closed == (case.title == CLOSED), case
        assert on_kept == (case.title == KEPT and case.column == WITHOUT), case


def test_each_case_gets_a_number(stage: Stage) -> None:
    """It is relative to the first case."""
    cases, timings = prepare_cases(stage)[:3], Timings()
    timings.measure(stage.shells, cases, 1)
    found = timings.compare(cases)
    assert [(each.title, each.column) for each in found] == [(case.title, case.column) for case in cases]
    assert found[0].value == 1


def test_a_cold_crowd_makes_one_call_and_no_errors(stage: Stage) -> None:
    """A warm crowd makes none, with an agent or without. These are small ones: tests/broker has fifty commands."""
    found = Crowd(stage, stage.sandbox.home, 12).measure(1)
    assert [each.note for each in found] == [*["0 AWS calls, no errors"] * 2, *["1 AWS call, no errors"] * 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.144, "1.14 of 1.15: holds"), (1.154, "1.15 of 1.15: holds"), (1.16, "1.16 of 1.15: missed")],
)
def test_a_cell_says_whether_its_target_holds(value: float, text: str) -> None:
    """The value is compared as it is shown, after rounding."""
    assert str(Measurement("env", WITH, value, 1.15)) == text


def test_the_report_has_both_columns_and_names_what_is_missing() -> None:
    """It includes units and notes."""
    report = format_report(
        ["2 cores"],
        [
            Measurement("env", WITH, 1.04, 1.15),
            Measurement("env", WITHOUT, 1.4),
            Measurement("memory", WITH, 12.34, None, " MiB", "two"),
        ],
        ["granted is not on PATH"],
    )
    lines = [" ".join(line.split()) for line in report.splitlines()]
    assert lines[0] == "- 2 cores"
    assert lines[4:] == [
        "| env | 1.04 of 1.15: holds | 1.40 |",
        "| memory | 12.3 MiB (two) | |",
        "",
        "Not measured: granted is not on PATH.",
    ]


def test_the_plot_has_a_bar_for_each_ratio() -> None:
    """Larger ratios have longer bars. Measurements in other units are left out."""
    measured = [Measurement("a <b>", WITH, 1.0), Measurement("a <b>", WITHOUT, 2.0)]
    root = ET.fromstring(draw([*measured, Measurement("memory", WITH, 99, None, " MiB")]))  # noqa: S314 - our output
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"a <b>", "1.00", "2.00"} <= set(texts)
    assert "memory" not in texts
    widths = [float(rect.get("width", "")) for rect in root.iter(f"{SVG}rect") if rect.get("height") == "11"]
    assert len(widths) == len(measured)
    assert widths[0] < widths[1]
