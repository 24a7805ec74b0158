"""Every Markdown document against program and repository: commands can be typed, and links lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import parse
from shellvault.commands import ALIASES, VERBS
from shellvault.help import describe_command
from shellvault.shell.hook_files import FILES, read_hook
from tests.packaging.conftest import ROOT
from tests.packaging.markdown import DOCUMENTS, anchors, code, commands, envrc_lines, links, tables
from tests.packaging.program import VARIABLE, command, variables_of_the_program

if TYPE_CHECKING:
    from pathlib import Path

FUNCTIONS = ("use", "off")  # defined by the hook; the program itself has no such commands
NOT_COMMANDS = ("--help", "--version", *FUNCTIONS)
every_document = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))


@every_document
def test_every_command_line_in_a_document_can_be_typed(file: Path) -> None:
    """Verbs, options and the number of words fit the grammar."""
    for words in commands(file):
        if words[0] not in NOT_COMMANDS:
            assert words[0] in (*VERBS, *ALIASES), f"shellvault {' '.join(words)}"
            parse(command(words[0]), words[1:], {})


@every_document
def test_every_use_of_the_hook_in_a_document_fits_the_grammar_of_env(file: Path) -> None:
    """`shellvault use` passes its words on to `env`, and `shellvault off` takes none here."""
    for words in commands(file):
        if words[0] == "use":
            parse(command("env"), words[1:], {})
        assert words[0] != "off" or words == ("off",)


@every_document
def test_every_line_for_an_envrc_fits_the_grammar_of_env(file: Path) -> None:
    """In direnv, `use shellvault` passes its words on to `env`; the last one is the profile unless it is an option."""
    for words in envrc_lines(file):
        assert parse(command("env"), words, {}).positionals == (words[-1:] if words[-1][0] != "-" else ())


def test_the_documents_have_a_command_line_for_every_verb() -> None:
    """Whatever the program can do is shown at least once."""
    assert {words[0] for file in DOCUMENTS for words in commands(file)} >= {*VERBS, *ALIASES, *FUNCTIONS}


def test_the_search_for_command_lines_leaves_no_example_out() -> None:
    """Each line of code that runs shellvault with words is one that the tests above look at."""
    run = re.compile(r"(?:^|\$\(|&& |-- )shellvault +[a-z-]")
    for file in DOCUMENTS:
        texts = [text for text in code(file) if run.search(text)]
        assert len(commands(file)) >= len(texts), file


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_hook_has_the_functions_that_the_documents_name(shell: str, function: str) -> None:
    """`use` and `off` are cases of the function in each of the three files."""
    assert re.search(rf"^ +(case )?{function}\)?( |$)", read_hook(shell), re.MULTILINE)


def test_the_documents_name_no_variable_that_does_nothing() -> None:
    """Each is read or set by the program or by a shell file."""
    told = {name for file in DOCUMENTS for name in VARIABLE.findall(file.read_text())}
    assert told - variables_of_the_program("".join(read_hook(shell) for shell in FILES)) == set()


@every_document
def test_no_document_suggests_writing_secrets_into_a_file_that_others_may_read(file: Path) -> None:
    """The shell creates such a file with the umask's permissions; `export --write` does better."""
    printing = re.compile(r"shellvault +(env|export|exec)\b[^|]*>+ *(?!/dev/null)[^\s&]")
    assert [text for text in code(file) if printing.search(text) and "umask 077" not in text] == []


@pytest.mark.parametrize("verb", VERBS)
def test_no_help_suggests_it_either(verb: str) -> None:
    """No command that prints secrets is followed by a redirection."""
    text = describe_command(command(verb))
    assert re.search(r"shellvault +(env|export|exec)\b[^|\n]*>", text) is None


@every_document
def test_every_link_leads_to_a_file_and_a_heading(file: Path) -> None:
    """A relative link names a file or a folder that exists, and its anchor a heading in it."""
    for path, anchor in links(file):
        target = (file.parent / path) if path else file
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@every_document
def test_every_row_of_a_table_has_as_many_cells_as_its_header(file: Path) -> None:
    """A missing cell shifts the others, and one too many is not shown at all."""
    for rows in tables(file):
        assert [row for row in rows if len(row) != len(rows[0])] == []
