"""Takes the blocks of a page that its reader types or saves, in their order.

A comment before a block says what cannot be seen in it: `<!-- file: PATH -->`, the file that it is or that it is added
to; `<!-- not run: REASON -->`, why no test can type it; `<!-- beside: LINE -->`, what is running in another terminal
meanwhile; or `<!-- anew: REASON -->`, why it and what follows are typed by a reader who has typed nothing before.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = {"console": "bash", "sh": "bash", "bash": "bash", "zsh": "zsh", "fish": "fish"}
"""The shell in which each language is typed."""
FORMATS = ("ini", "json", "yaml", "toml", "hcl", "tmux")

_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<kind>file|not run|beside|anew): (?P<what>[^\n]*?) -->\n\n?)?"
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_TYPED = re.compile(r"(?:\[([^\]]+)\] )?\$ ")
_TYPED_FAR = "build$ "
_FIELDS = {"file": "file", "not run": "reason", "beside": "beside", "anew": "anew"}
_TIME_LEFT = re.compile(r" \d+[hms]$")
_COMMENT = re.compile(r"\s# .*$")


class Typed(Record):
    """A line to type, the prompt segment before it but for the time, and the lines that the page shows below it.

    `far` are the lines to type on the machine that the line logs in to.
    """

    line: str
    segment: str = ""
    shown: tuple[str, ...] = ()
    far: tuple[str, ...] = ()


class Block(Record):
    """A block; `file`, `reason`, `beside` and `anew` are what the comment before it says."""

    language: str
    text: str
    file: str = ""
    reason: str = ""
    beside: str = ""
    anew: str = ""

    def typed(self) -> list[Typed]:
        """Return the lines to type; one that ends in a backslash goes on in the next."""
        lines = self.text.replace("\\\n", "").splitlines()
        if self.language != "console":
            return [Typed(_COMMENT.sub("", line)) for line in lines if line and not line.startswith("#")]
        found: list[Typed] = []
        for line in lines:
            if start := _TYPED.match(line):
                found.append(Typed(_COMMENT.sub("", line[start.end() :]), _TIME_LEFT.sub("", start[1] or "")))
            elif line.startswith(_TYPED_FAR):
                found[-1] = found[-1].replace(far=(*found[-1].far, line.removeprefix(_TYPED_FAR)))
            else:
                found[-1] = found[-1].replace(shown=(*found[-1].shown, line))
        return found


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, but for those of plain text, which nobody types."""
    found = []
    for match in _BLOCK.finditer(page.read_text()):
        told = {_FIELDS[match["kind"]]: match["what"]} if match["kind"] else {}
        text = textwrap.dedent(match["text"]) if match["indent"] else match["text"]
        found.append(Block(match["language"], text, **told))
    return [block for block in found if block.language != "text"]


def parts(page: Path) -> list[list[Block]]:
    """Return the blocks of a page, apart where somebody begins anew."""
    found: list[list[Block]] = [[]]
    for block in blocks(page):
        if block.anew:
            found.append([])
        found[-1].append(block)
    return found
