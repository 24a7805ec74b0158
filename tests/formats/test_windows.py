"""PowerShell and cmd, by their rules: neither can be had here."""

from __future__ import annotations

import os
import re

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import renderer
from tests.dialects.hostile import hostile_values
from tests.formats.values import SECRET, exported, numbered

_ASSIGNMENT = re.compile(r"\$Env:\w+ = '")
QUOTES = "'\u2018\u2019\u201a\u201b"


def read(text: str) -> list[str]:
    """Return the values of PowerShell assignments.

    A string ends at a single quote of any kind; two of them side by side are one, and the second of them counts.
    """
    values, at = [], 0
    while head := _ASSIGNMENT.match(text, at):
        at, value = head.end(), ""
        while text[at] not in QUOTES or text[at + 1] in QUOTES:
            at += text[at] in QUOTES
            value += text[at]
            at += 1
        assert text[at + 1] == "\n", "something follows the string"
        values.append(value)
        at += 2
    assert at == len(text), "not an assignment"
    return values


def test_powershell_gets_every_value_as_it_was() -> None:
    """With each of the five characters that PowerShell takes for a single quote, alone and in pairs."""
    hostile = [value for value in map(os.fsdecode, hostile_values(300)) if value.isprintable()]
    values = [*hostile, *QUOTES, *(one + other for one in QUOTES for other in QUOTES), "$x", "$(Get-Date)", "`n", '"']
    assert read(renderer("powershell")(numbered([os.fsencode(value) for value in values]))) == values


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\u2028", "\x85"])
def test_powershell_gets_one_line_for_each(character: str) -> None:
    """Invoke-Expression runs each line that comes through a pipe by itself."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a PowerShell line$"):
        renderer("powershell")(exported(secret=f"x{character}x"))


@pytest.mark.parametrize("character", [*" %!^&|<>\"'()@,;\n\r\t", "\0", "é"])
def test_cmd_gets_nothing_that_it_would_expand(character: str) -> None:
    """It expands `%` and `!` even in quotes."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a line for cmd"):
        renderer("windows-cmd")(exported(secret=f"x{character}x"))


def test_cmd_gets_a_line_for_each() -> None:
    """As the AWS CLI writes them."""
    assert f"set AWS_SECRET_ACCESS_KEY={SECRET}\n" in renderer("windows-cmd")(exported())


def test_what_a_key_pair_has_not_is_taken_out() -> None:
    """A token from before would not fit the key."""
    assert "\nset AWS_SESSION_TOKEN=\n" in renderer("windows-cmd")(exported(token=None))
    assert "\nRemove-Item Env:AWS_SESSION_TOKEN -ErrorAction Ignore\n" in renderer("powershell")(exported(token=None))
