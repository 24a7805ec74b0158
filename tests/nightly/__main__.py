"""Runs the tests of each promise at full size: `python -m tests.nightly [PERCENT]` prints a Markdown table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.full_size import PERCENT
from tests.nightly.promises import PROMISES, Promise

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Print the table; return 1 if a promise was broken, or nothing counted its runs."""
    percent = sys.argv[1] if len(sys.argv) > 1 else "100"
    say(f"{time.strftime('%Y-%m-%d')}, {describe_machine()}, {percent} % of the full size\n")
    say("| promise | runs | failures |\n| --- | --- | --- |")
    return max([prove(promise, percent) for promise in PROMISES])


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def prove(promise: Promise, percent: str) -> int:
    """Run a promise's tests, and print its row; return 1 if it is not proven."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        argv = [sys.executable, "-m", "pytest", "-q", "--numprocesses", str(os.cpu_count()), f"--junitxml={report}"]
        done = subprocess.run(
            [*argv, *promise.tests], cwd=ROOT, env={**os.environ, PERCENT: percent}, check=False, capture_output=True
        )
        runs, failures = count(report) if report.exists() else (0, 0)
    is_proven = done.returncode == 0 and runs > 0 and failures == 0
    say(f"| {promise.words} | {runs:,} {promise.unit} | {failures} |")
    if not is_proven:
        sys.stderr.buffer.write(done.stdout[-5000:])
    return int(not is_proven)


def count(report: Path) -> tuple[int, int]:
    """Return the runs that the tests of a report noted, and how many tests failed."""
    root = ET.parse(report).getroot()  # noqa: S314 - pytest wrote it
    runs = sum(int(each.get("value", "0")) for each in root.iter("property") if each.get("name") == "runs")
    return runs, len([*root.iter("failure"), *root.iter("error")])


def describe_machine() -> str:
    """Return the kernel, processor count and Python version, but no name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
