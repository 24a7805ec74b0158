"""PowerShell, read by a grammar, as there is none here: statements are whole, and each value is what it should be."""

from __future__ import annotations

import re
from functools import cache

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from shellvault.core.record import FromVariable, Unexported
from shellvault.shell.dialects import failure_text, find_dialect
from shellvault.shell.formats import find_format
from tests.dialects.hostile_values import adapt_values
from tests.formats.sample_exports import make_export
from tests.full_size import Note, scale

NAME = "$env:V"
KEPT = "_shellvault_kept_0"


@cache
def make_parser() -> Parser:
    """Return the parser."""
    return Parser(Language(tree_sitter_powershell.language()))


def parse(text: str) -> Node:
    """Return the tree of a script."""
    return make_parser().parse(text.encode()).root_node


def find_nodes(node: Node, kind: str) -> list[Node]:
    """Return the outermost nodes of a kind, in their order."""
    if node.type == kind:
        return [node]
    return [found for child in node.children for found in find_nodes(child, kind)]


def read(node: Node) -> str:
    """Return the source of a node."""
    assert node.text is not None
    return node.text.decode()


def evaluate(expression: str) -> str:
    """Return the value of an expression: a single-quoted string, or UTF-16 code units joined into one."""
    if units := re.fullmatch(r"-join\[char\[\]\]@\((\d+(?:,\d+)*)\)", expression):
        data = b"".join(int(unit).to_bytes(2, "little") for unit in units[1].split(","))
        return data.decode("utf-16-le")
    found = re.fullmatch(r"'([ -&(-~]*)'", expression)
    assert found, expression
    return found[1]


def read_assignments(text: str) -> dict[str, str]:
    """Return what a block assigns: variables and the source of their values."""
    found = find_nodes(parse(text), "assignment_expression")
    pairs = ((name, value) for name, _equals, value in (read(node).partition(" = ") for node in found))
    return dict(pairs)


def test_hostile_values_are_read_back_unchanged(values: list[bytes], record_property: Note) -> None:
    """Whatever a console makes of it: the text is ASCII, in which nothing is expanded."""
    texts = adapt_values("powershell", values)
    text = find_dialect("pwsh").render({f"V{number}": value for number, value in enumerate(texts)})
    root = parse(text)
    assert text.isascii()
    assert not root.has_error
    assigned = find_nodes(root, "assignment_expression")
    assert [read(node).split(" = ")[0] for node in assigned] == [f"{NAME}{number}" for number in range(len(texts))]
    assert [evaluate(read(node).split(" = ", 1)[1]) for node in assigned] == texts
    record_property("runs", len(texts))
    assert len(texts) >= scale(100_000)


def test_changes_are_one_block_in_the_scope_of_the_caller() -> None:
    """Assigning null removes a variable; what is set aside is a variable of PowerShell."""
    aside = {"NEW": "it's", "EMPTY": "", "GONE": None, KEPT: Unexported("old")}
    text = find_dialect("powershell").render(aside)
    assert (text[:4], text[-3:]) == (". {\n", "\n}\n")
    assert read_assignments(text) == {
        "$env:NEW": "-join[char[]]@(105,116,39,115)",
        "$env:EMPTY": "''",
        "$env:GONE": "$null",
        f"$global:{KEPT}": "'old'",
    }
    back = read_assignments(find_dialect("powershell").render({"KEY": FromVariable(KEPT), KEPT: None}))
    assert back[f"$global:{KEPT}"] == "$null"
    assert back["$env:KEY"].startswith("Microsoft.PowerShell.Utility\\Get-Variable ")
    assert back["$env:KEY"].endswith(f"-ErrorAction Ignore -Name {KEPT}")


def test_truncated_text_is_a_syntax_error() -> None:
    """PowerShell parses all of it before it runs any of it."""
    text = find_dialect("powershell").render({"GONE": None, "OLD": "it's é", "EMPTY": ""})
    assert not parse(text).has_error
    assert all(parse(text[:length]).has_error for length in range(3, len(text) - 1))


@pytest.mark.parametrize("text", [failure_text("powershell"), find_dialect("pwsh").render({})])
def test_other_texts_are_valid(text: str) -> None:
    """A failure has to be thrown: `Invoke-Expression` succeeds whatever the status of a program in it."""
    assert not parse(text).has_error
    assert failure_text("pwsh").startswith("throw ")


def test_export_format_is_valid() -> None:
    """Including the line that unsets what a key pair lacks."""
    assert not parse(find_format("powershell")(make_export(token=None))).has_error
