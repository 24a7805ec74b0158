"""README is a front page: short, with the two commands a newcomer needs, and a line for each kind of use."""

from __future__ import annotations

import os

from tests.packaging.conftest import ROOT
from tests.packaging.markdown import DOCUMENTS, README, blocks, envrc_lines, links

FIRST = "python3 -m venv .venv && .venv/bin/pip install -q '.[demo]' && .venv/bin/shellvault demo"
MOST_LINES, LONGEST_LINE = 220, 120


def test_the_first_two_commands_are_the_demo_and_the_tests() -> None:
    """One line shows shellvault working, and the next runs the tests."""
    assert blocks(README, "sh")[:2] == [f"{FIRST}\n", "tests/run\n"]
    assert os.access(ROOT / "tests" / "run", os.X_OK)


def test_readme_fits_a_front_page() -> None:
    """What is longer belongs on a page in docs/."""
    lines = README.read_text().splitlines()
    assert len(lines) <= MOST_LINES
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


def test_readme_shows_an_envrc_line_with_a_secret_and_one_without() -> None:
    """The second is what most people should use."""
    assert {("dev",), ("--process", "dev")} <= set(envrc_lines(README))


def test_every_page_in_docs_can_be_reached_from_readme() -> None:
    """Directly, or by links from page to page; decisions are reached as a folder."""
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = [(page.parent / path).resolve() for path, _anchor in links(page) if path.endswith(".md")]
        waiting += [target for target in linked if target not in reached and target not in waiting]
    assert {page for page in DOCUMENTS if "decisions" not in page.parts} - reached == set()
