"""The picture in the README: it is whole, it shows what it promises, and nothing else gets into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.packaging.readme import README
from tests.recording.__main__ import PICTURE, TITLE
from tests.recording.play import COLUMNS, STEPS, Cell
from tests.recording.svg import drawing, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"


def shown(svg: str) -> Iterator[tuple[str, str]]:
    """Return each piece of text in a picture, with its classes."""
    for text in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 - our own file
        yield text.get("class", ""), text.text or ""


def row(text: str, moment: float = 1.0, colour: str = "default", background: str = "default") -> list[Cell]:
    """Return a row of a screen that came up all at once."""
    return [Cell(character, colour, background, bold=False, moment=moment) for character in text]


@pytest.mark.parametrize(
    ("colour", "segment"),
    [
        ("green", r"\[dev \d\ds\]"),
        ("brown", r"\[dev \ds ~\]"),
        ("red", r"\[dev expired\]"),
        ("brightwhite b", r"\[prod \d\ds\]"),
    ],
)
def test_the_picture_shows_every_moment_that_it_promises(colour: str, segment: str) -> None:
    """The first prompt, a refresh happening, the expiry, and the dangerous profile."""
    assert [text for looks, text in shown(PICTURE.read_text()) if looks == colour and re.fullmatch(segment, text)]


def test_the_picture_is_of_the_session_that_is_played() -> None:
    """Each line that is typed is in it, and the healed command's answer too."""
    texts = [text for _looks, text in shown(PICTURE.read_text())]
    assert [step.line for step in STEPS if step.line not in texts] == []
    assert texts.count("arn:aws:sts::111122223333:assumed-role/dev/shellvault-dev") == 2
    assert TITLE in texts
    assert max(len(text) for text in texts) < COLUMNS


def test_the_picture_is_whole_in_itself_and_holds_no_secret() -> None:
    """Nothing is fetched, no script runs, and neither a key nor a path of the machine is seen."""
    svg = PICTURE.read_text()
    assert not re.search(r"href|url\(|@import|<script|A[KS]IA|/home/|/tmp|/work", svg)
    assert f"({PICTURE.relative_to(README.parent)})" in README.read_text()


def test_what_is_on_the_screen_is_text_and_never_markup() -> None:
    """Angle brackets and ampersands too."""
    svg = drawing([row("$ echo '<g>&'")], "a <title>")
    assert [text for _looks, text in shown(svg)] == ["a <title>", "$ echo '<g>&'"]


def test_characters_that_came_up_apart_are_shown_apart() -> None:
    """A prompt is there before what is typed after it; what is first is there from the start."""
    svg = drawing([row("$ ", 0.0) + row("ls", 1.0)], "")
    pieces = {text.text: group.get("class") for group in ET.fromstring(svg).iter(f"{SVG}g") for text in group}  # noqa: S314
    assert pieces == {"$": "t0", "ls": "t10"}
    assert ".t10 { animation" in svg
    assert ".t0 {" not in svg


def test_long_pauses_are_cut_short() -> None:
    """The order stays, and short ones stay as they were."""
    assert shortened([30.0, 0.5, 31.0]) == {0.5: 0.5, 30.0: 2.1, 31.0: 3.1}
