"""PowerShell and cmd, checked against their rules, as neither is available here."""

from __future__ import annotations

import os
import re

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import find_format
from tests.dialects.hostile_values import hostile_values
from tests.formats.sample_exports import SECRET, make_export, number_values

_ASSIGNMENT = re.compile(r"\$Env:\w+ = '")
QUOTES = "'\u2018\u2019\u201a\u201b"


def parse_assignments(text: str) -> list[str]:
    """Return the values of PowerShell assignments.

    A string ends at a single quote of any kind; two in a row stand for the second of them.
    """
    values, at = [], 0
    while head := _ASSIGNMENT.match(text, at):
        at, value = head.end(), ""
        while text[at] not in QUOTES or text[at + 1] in QUOTES:
            at += text[at] in QUOTES
            value += text[at]
            at += 1
        assert text[at + 1] == "\n", "text after the string"
        values.append(value)
        at += 2
    assert at == len(text), "not an assignment"
    return values


def test_powershell_gets_every_value_unchanged() -> None:
    """Including the five characters that PowerShell treats as single quotes, alone and in pairs."""
    hostile = [value for value in map(os.fsdecode, hostile_values(300)) if value.isprintable()]
    values = [*hostile, *QUOTES, *(one + other for one in QUOTES for other in QUOTES), "$x", "$(Get-Date)", "`n", '"']
    assert (
        parse_assignments(find_format("powershell")(number_values([os.fsencode(value) for value in values]))) == values
    )


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\u2028", "\x85"])
def test_powershell_values_fit_on_one_line(character: str) -> None:
    """Invoke-Expression runs each line of its pipeline input separately."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a PowerShell line$"):
        find_format("powershell")(make_export(secret=f"x{character}x"))


@pytest.mark.parametrize("character", [*" %!^&|<>\"'()@,;\n\r\t", "\0", "é"])
def test_characters_that_cmd_would_expand_are_refused(character: str) -> None:
    """Even inside quotes, cmd expands `%` and `!`."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as a line for cmd"):
        find_format("windows-cmd")(make_export(secret=f"x{character}x"))


def test_cmd_gets_one_line_per_variable() -> None:
    """As the AWS CLI writes them."""
    assert f"set AWS_SECRET_ACCESS_KEY={SECRET}\n" in find_format("windows-cmd")(make_export())


def test_variables_a_key_pair_lacks_are_unset() -> None:
    """A previous token would not match the key."""
    assert "\nset AWS_SESSION_TOKEN=\n" in find_format("windows-cmd")(make_export(token=None))
    assert "\nRemove-Item Env:AWS_SESSION_TOKEN -ErrorAction Ignore\n" in find_format("powershell")(
        make_export(token=None)
    )
