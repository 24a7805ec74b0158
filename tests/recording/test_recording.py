"""The pictures in docs: they are self-contained, tell the story they should, and nothing else gets into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.packaging.markdown import README
from tests.recording.__main__ import DOCS
from tests.recording.play import NOTICE, Cell, Tape
from tests.recording.scenes import SAMPLE_ID, SAMPLE_SECRET, SCENES, WHO
from tests.recording.svg import drawing, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = DOCS / "live-shell.svg"
SVG = "{http://www.w3.org/2000/svg}"


def shown(svg: str) -> Iterator[tuple[str, str]]:
    """Return each piece of text in a picture, with its classes."""
    for text in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 - our own file
        yield text.get("class", ""), text.text or ""


def row(text: str, moment: float = 1.0, colour: str = "default", background: str = "default") -> list[Cell]:
    """Return a row of a screen that appeared all at once."""
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
def test_the_picture_shows_every_state_of_the_segment(colour: str, segment: str) -> None:
    """A fresh session, one being renewed, an expired one, and a dangerous profile."""
    assert [text for looks, text in shown(PICTURE.read_text()) if looks == colour and re.fullmatch(segment, text)]


def test_the_picture_starts_with_the_plaintext_key_and_goes_on_to_the_vault() -> None:
    """The problem comes first, then the command that solves it."""
    texts = [text for _looks, text in shown(PICTURE.read_text())]
    story = ["cat ~/.aws/credentials", f"aws_secret_access_key = {SAMPLE_SECRET}", "shellvault import --scrub --force",
             "shellvault use dev"]  # fmt: skip
    assert [text for text in texts if text in story] == story


def test_the_picture_has_the_answers_of_aws_before_and_after_the_session_expired() -> None:
    """The same command, typed twice."""
    texts = [text for _looks, text in shown(PICTURE.read_text())]
    assert texts.count(WHO) == texts.count("arn:aws:iam::111122223333:user/alice") == 2
    assert f"({PICTURE.relative_to(README.parent)})" in README.read_text()


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_is_a_recording_of_the_current_steps(name: str) -> None:
    """Every typed line is in it, or the last one where that fills the screen; and it fits, and a page shows it."""
    texts = [text for _looks, text in shown((DOCS / f"{name}.svg").read_text())]
    steps = SCENES[name].steps
    typed = steps[-1:] if steps[-1].until else steps
    assert [step.line for step in typed if not any(step.line in text for text in texts)] == []
    assert SCENES[name].title in texts
    assert max(len(text) for text in texts) <= SCENES[name].columns
    assert any(f"({name}.svg)" in page.read_text() for page in DOCS.glob("*.md")) or name == PICTURE.stem


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_loads_nothing_and_holds_no_secret(name: str) -> None:
    """No reference, no script, no key but the sample of AWS's documentation, no path of a machine, no test server."""
    svg = (DOCS / f"{name}.svg").read_text().replace(SAMPLE_ID, "").replace(SAMPLE_SECRET, "")
    assert not re.search(r"href|url\(|@import|<script|A[KS]IA[A-Z0-9]|/home/|/tmp|/work|/root", svg)
    assert not re.search(r"127\.0|http://(?!www\.w3\.org/|localhost/…)|come from|test", svg)


def test_the_tape_drops_the_notice_of_the_test_server_and_shortens_the_home() -> None:
    """What surrounds the notice stays."""
    tape = Tape("/home/alice", 80)
    tape.write("one\r\nshellvault: the credentials come from http://127.0.0.1:4100, not from AWS\r\n/home/alice/x")
    assert ["".join(cell.text for cell in row).rstrip() for row in tape.cells()] == ["one", "~/x"]
    assert NOTICE.search("shellvault: the credentials come from http://127.0.0.1:4100, not from AWS\r\n")


def test_text_on_the_screen_is_never_markup() -> None:
    """Not even angle brackets and ampersands."""
    svg = drawing([row("$ echo '<g>&'")], "a <title>")
    assert [text for _looks, text in shown(svg)] == ["a <title>", "$ echo '<g>&'"]


def test_characters_that_appeared_apart_are_shown_apart() -> None:
    """A prompt is shown before the command typed after it; the first one is there from the start."""
    svg = drawing([row("$ ", 0.0) + row("ls", 1.0)], "")
    pieces = {text.text: group.get("class") for group in ET.fromstring(svg).iter(f"{SVG}g") for text in group}  # noqa: S314
    assert pieces == {"$": "t0", "ls": "t10"}
    assert ".t10 { animation" in svg
    assert ".t0 {" not in svg


def test_long_pauses_are_cut_short() -> None:
    """The order stays, and short pauses stay as they were."""
    assert shortened([30.0, 0.5, 31.0]) == {0.5: 0.5, 30.0: 2.1, 31.0: 3.1}
