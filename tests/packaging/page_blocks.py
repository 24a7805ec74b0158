"""Takes the blocks of a page that its reader types or saves, in their order.

A comment before a block says what cannot be seen in it: `<!-- file: PATH -->`, the file that it is or that it is added
to; or `<!-- not run: REASON -->`, why no test can type it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = (
    ROOT / "docs" / "tour.md",
    *sorted(ROOT.glob("docs/recipes/*.md")),
    *sorted(ROOT.glob("docs/coming-from/*.md")),
)
"""The pages of which every block is tried out as it stands."""
SHELLS = {"console": "bash", "sh": "bash", "bash": "bash", "zsh": "zsh", "fish": "fish"}
"""The shell in which each language is typed."""
FORMATS = ("ini", "json", "yaml", "toml", "hcl", "tmux")

_BLOCK = re.compile(
    r"(?:^<!-- (?P<kind>file|not run): (?P<what>[^\n]*?) -->\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TYPED = re.compile(r"(?:\[([^\]]+)\] )?\$ ")
_TIME_LEFT = re.compile(r" \d+[hms]$")
_COMMENT = re.compile(r"\s# .*$")


class Typed(Record):
    """A line to type, the prompt segment before it but for the time, and the lines that the page shows below it."""

    line: str
    segment: str = ""
    shown: tuple[str, ...] = ()


class Block(Record):
    """A block; `file` and `reason` are what the comment before it says."""

    language: str
    text: str
    file: str
    reason: str

    def typed(self) -> list[Typed]:
        """Return the lines to type; one that ends in a backslash goes on in the next."""
        lines = self.text.replace("\\\n", "").splitlines()
        if self.language != "console":
            return [Typed(_COMMENT.sub("", line)) for line in lines if line and not line.startswith("#")]
        found: list[Typed] = []
        for line in lines:
            if start := _TYPED.match(line):
                found.append(Typed(_COMMENT.sub("", line[start.end() :]), _TIME_LEFT.sub("", start[1] or "")))
            else:
                found[-1] = found[-1].replace(shown=(*found[-1].shown, line))
        return found


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, but for those of plain text, which nobody types."""
    found = []
    for match in _BLOCK.finditer(page.read_text()):
        what = {match["kind"]: match["what"]}
        found.append(Block(match["language"], match["text"], what.get("file", ""), what.get("not run", "")))
    return [block for block in found if block.language != "text"]
