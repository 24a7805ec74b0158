"""The site of docs/zensical.toml: every page is in its navigation once, and it asks no other host for anything.

docs/site builds it, in strict mode. That takes longer than these tests, which look at what it is built from.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.packaging.conftest import ROOT
from tests.packaging.markdown import DOCUMENTS, links, prose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
PROJECT: dict[str, Any] = tomllib.loads((DOCS / "zensical.toml").read_text())["project"]
SECTIONS = ["shellvault", "Tour", "Guide", "Recipes", "Coming from", "How it works", "Security", "Performance",
            "Reference", "Decisions"]  # fmt: skip
PINNED = re.compile(r"[\w.-]+==[\w.]+")


def pages(nav: object) -> Iterator[str]:
    """Yield each page of a navigation, which may hold others."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from pages(list(nav.values()))
    elif isinstance(nav, list):
        for entry in nav:
            yield from pages(entry)


def test_every_page_is_in_the_navigation_once() -> None:
    """And everything there is a page: zensical itself says nothing of one that is missing."""
    assert sorted(pages(PROJECT["nav"])) == sorted(str(file.relative_to(ROOT)) for file in DOCUMENTS)


def test_the_navigation_begins_where_a_newcomer_does() -> None:
    """What it is, how to try it, how to use it; then how it works and everything else."""
    assert [title for entry in PROJECT["nav"] for title in entry] == SECTIONS


def test_pages_link_to_pages_and_pictures_only() -> None:
    """What is not on the site cannot be linked from it, and a folder is none of its pages."""
    linked = {(file.name, path) for file in DOCUMENTS for path, _anchor in links(file) if path}
    assert {(name, path) for name, path in linked if not path.endswith((".md", ".svg"))} == set()


@pytest.mark.parametrize("picture", sorted(DOCS.glob("*.svg")), ids=lambda picture: str(picture.name))
def test_every_picture_is_on_a_page_and_shows_itself_alone(picture: Path) -> None:
    """It is well-formed, and refers to nothing outside of it."""
    assert any(path.endswith(picture.name) for file in DOCUMENTS for path, _anchor in links(file))
    assert ET.parse(picture).getroot().get("viewBox")  # noqa: S314 - our own file
    assert re.findall(r"(?:href|src)=|url\((?!#)|@import", picture.read_text()) == []


def test_every_list_and_table_begins_after_an_empty_line() -> None:
    """GitHub makes a list of one that follows a line of text at once; the site does not."""
    glued = re.compile(r"^(?![-|#>\d ]|\* |$).+\n(?:- |\| |1\. ).*$", re.MULTILINE)
    assert {(file.name, found) for file in DOCUMENTS for found in glued.findall(prose(file))} == set()


def test_the_site_needs_no_font_from_elsewhere() -> None:
    """By default the theme links to one; docs/site refuses anything else."""
    assert PROJECT["theme"]["font"] is False
    assert not {"extra_css", "extra_javascript"} & {*PROJECT}


def test_what_builds_the_site_is_pinned() -> None:
    """Each line is one package and one version."""
    lines = (DOCS / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#") and not PINNED.fullmatch(line)] == []
