"""Lines are taken apart as bash does it, and what is quoted for bash means itself, whatever is in it."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from shellvault.completion.bash_line import quote_end, quote_part, split_line
from tests.completion.asking import ask_shell
from tests.dialects.hostile_values import hostile_values
from tests.shells.real_shells import clean_env, run
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

ENDS = {"": "", "'": "'", '"': '"', "$'": "'"}
"""Kind of quotes -> what ends them."""
LETTERS = (
    "a",
    "ß",
    "🔥",
    " ",
    "'",
    '"',
    "\\",
    "$'",
    "`",
    "$",
    "!",
    "*",
    "\\'",
    '\\"',
    "\\\\",
    "\\ ",
    "$'\\303\\266'",
    "=",
    "~",
)
VERSIONS = list_versions("bash")


def evaluate(version: Version, lines: Iterable[str], home: Path) -> list[list[str]]:
    """Return the words of each line as bash reads them, with history expansion on, as at a prompt."""
    script = "".join(f"printf '%s\\0' {line}\nprintf '\\n\\0'\n" for line in lines)
    start = [*version.command, "-i"]
    env = clean_env(home, PS1="", PS2="")  # its history goes into the home: bash 4.3 replaces even /dev/null by a file
    printed = run(start, env, script.encode("utf-8", "surrogateescape")).stdout.decode("utf-8", "surrogateescape")
    return [row.split("\0")[:-1] for row in printed.split("\n\0")[:-1]]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_quoted_text_means_itself(tmp_path: Path, version: Version) -> None:
    """In every kind of quotes, and nothing in it runs; a name in a config file has no line ends."""
    texts = [text.decode("utf-8", "surrogateescape") for text in hostile_values(600)]
    texts = [text for text in texts if text and "\n" not in text and len(text) < 1000]
    quoted = [f"x{quote}{quote_part(text, quote)}{end}" for text in texts for quote, end in ENDS.items()]
    assert evaluate(version, quoted, tmp_path) == [[f"x{text}"] for text in texts for _ in ENDS]


@pytest.mark.parametrize("text", ["it's 'so'", 'so"', "bang!", "bell\a", "plain", "'", '"'])
@pytest.mark.parametrize("quote", ["'", '"', "$'"])
def test_the_last_word_is_closed_once(tmp_path: Path, text: str, quote: str) -> None:
    """By bash, which looks at the last character only, or already."""
    end = "" if (quoted := quote_end(text, quote))[-1:] == quote[-1] else quote[-1]
    assert evaluate(VERSIONS[0], [f"{quote}{quoted}{end}"], tmp_path) == [[text]]


def test_the_quoted_beginning_of_a_text_begins_the_quoted_text() -> None:
    """Otherwise bash would not complete what candidates have in common."""
    for text, quote in product([text.decode("utf-8", "surrogateescape") for text in hostile_values(100)], ENDS):
        whole = quote_part(text, quote)
        assert all(whole.startswith(quote_part(text[:length], quote)) for length in range(min(len(text), 50)))


def test_words_are_those_that_bash_reads(tmp_path: Path) -> None:
    """On lines of letters, blanks, quotes and backslashes; quotes that are open at the end are closed first."""
    random = Random(7)  # noqa: S311 - the same lines in every run
    lines = ["".join(random.choices(LETTERS, k=random.randint(1, 9))) for _ in range(2000)]
    lines = [line for line in lines if _is_literal(line)]
    closed = [f"{line}{ENDS[split_line(line)[-1].quote]}" for line in lines]
    read = evaluate(VERSIONS[0], closed, tmp_path)
    assert len(read) == len(lines) > 400
    for line, end, words in zip(lines, closed, read, strict=True):
        found = [word.text for word in split_line(line)]
        assert [word for word in found if word] == [word for word in words if word], (line, end)


def _is_literal(line: str) -> bool:
    """Return whether bash would read a line as it stands: it expands nothing, and its last character stays."""
    bare = "".join(character for character, quote in _with_quotes(line) if quote != "'")
    return not any(one in bare for one in "`$!*~") and not line.endswith("\\") and bare[-1:] != "\\"


def _with_quotes(line: str) -> list[tuple[str, str]]:
    return [(character, split_line(line[:place])[-1].quote) for place, character in enumerate(line)]


@pytest.mark.parametrize(
    ("line", "tail", "wanted"),
    [
        ("sv use two", "two", ["words", r"two\ words"]),
        (r"sv use two\ w", r"two\ w", ["words", r"two\ words"]),
        ("sv use 'two w", "two w", ["words", "two words"]),
        ("sv use 'two w", "'two w", ["words", "two words"]),  # from bash-completion
        ('sv use "two w', "two w", ["words", "two words"]),
        ("sv use 'two 'w", "'two 'w", ["words", r"two\ words"]),
        ("sv log --profile=st", "st", ["words", "staging"]),
        ("sv log --profile=st", "--profile=st", ["words", "--profile=staging"]),
        ("sv log --profile='st", "st", ["words", "staging"]),
        ("sv env --policy=st", "st", ["files 0"]),
        ("sv env --policy=st", "--policy=st", ["files 9"]),
        ("sv export staging >o", "o", ["files 0"]),
        ("sv export >out st", "st", ["words", "staging"]),
        ("sv export 2>out st", "st", ["words", "staging"]),
        ("sv exec staging -- aws s3", "s3", ["program 19"]),
        ("sv exec staging -- ", "", ["program 19"]),
        ("sv exec 'two words'  aws s3", "s3", ["program 21"]),
        ("sv use x", "nothing of that", ["words"]),
    ],
)
def test_bash_gets_what_is_missing_on_its_line(names: Sandbox, line: str, tail: str, wanted: list[str]) -> None:
    """After the part of the word that it keeps: up to a break such as `=`, or an opening quote."""
    assert ask_shell(names, "bash", line, tail) == wanted
