"""Every page with something to type: each of its blocks does what the page says."""

from __future__ import annotations

import configparser
import json
import re
import tempfile
import tomllib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.commands.terminal import open_shell
from tests.hook.live_shell import HOOKS
from tests.packaging import markdown
from tests.packaging.conftest import ROOT
from tests.packaging.markdown import DOCUMENTS
from tests.packaging.page_blocks import FORMATS, SHELLS, Block, blocks, parts
from tests.packaging.page_settings import NOT_RUN, PAGES
from tests.packaging.page_shell import PageShell, find_missing
from tests.packaging.page_world import PageWorld, open_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.packaging.page_blocks import Typed
    from tests.sandbox import Sandbox

MOST_NOT_RUN = 3
READY = r"\n\{'Acc"  # a stand-in has printed who it is
COLUMNS = 200  # no table leaves out a column, and no line is cut


def name_of(page: Path) -> str:
    """Return how a page is called here."""
    return str(page.relative_to(ROOT)).removeprefix("docs/")


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


class Reader:
    """Somebody who types all that a page has, in one shell of each kind."""

    def __init__(self, world: PageWorld, stack: ExitStack) -> None:
        self.world = world
        self._stack = stack
        self._shells: dict[str, PageShell] = {}

    def shell(self, name: str) -> PageShell:
        """Return the shell of this name; it has the hook unless the page loads it."""
        if name not in self._shells:
            terminal = self._stack.enter_context(open_shell(self.world.sandbox, name, COLUMNS))
            self._shells[name] = PageShell(terminal, name, self.world.answers)
            if f"shellvault hook {name}" not in self.world.text:
                assert self._shells[name].run(f"source {HOOKS}/shellvault.{name}").status == 0
        return self._shells[name]

    def return_to_the_prompt(self) -> None:
        """Press Enter in each shell, as after editing a file."""
        for shell in self._shells.values():
            shell.run(":")

    def type(self, shell: PageShell, typed: Typed) -> None:
        """Type a line, and compare what happens with what the page shows."""
        assert not typed.segment or typed.segment == shell.segment(), typed.line
        done = shell.run(self.world.localize_line(typed.line), typed.far)
        fails = any(line.startswith("error: ") for line in typed.shown) and "||" not in typed.line
        assert (done.status != 0) == fails or "\n^C" in done.output, f"{typed.line}\n{done.output}"
        missing = find_missing(map(self.world.localize, typed.shown), done.output)
        assert not missing, f"{typed.line}\ndoes not print: {missing}\nbut:\n{done.output}"

    def prepare(self) -> None:
        """Type what somebody has typed before the page begins."""
        for line in self.world.setting.typed:
            done = self.shell("bash").run(line)
            assert done.status == 0, f"{line}\n{done.output}"
        self.world.replace_role()

    @contextmanager
    def beside(self, line: str) -> Iterator[None]:
        """Have a line run in another terminal, once it has printed something, until the end of the block."""
        if not line:
            yield
            return
        with open_shell(self.world.sandbox, "bash", COLUMNS) as terminal:
            terminal.type(line)
            terminal.expect(READY)
            yield


every_part = pytest.mark.parametrize(
    ("page", "part"),
    [
        pytest.param(page, part, id=f"{name_of(page)}{f'-{part}' if part else ''}")
        for page in PAGES
        for part, blocks_of_part in enumerate(parts(page))
        if any(block.language in SHELLS for block in blocks_of_part)
    ],
)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """Return a path for a runtime folder that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="shellvault-") as folder:
        yield Path(folder) / "run"


@every_part
def test_every_block_does_what_the_page_says(page: Path, part: int, sandbox: Sandbox, runtime: Path) -> None:
    """Typed in the order of the page; programs that are named get credentials that AWS accepts."""
    with open_world(sandbox, page, runtime) as world, ExitStack() as stack:
        reader, lines = Reader(world, stack), []
        if not part:
            reader.prepare()
        for block in parts(page)[part]:
            if block.file:
                world.save(block)
                reader.return_to_the_prompt()
            elif block.language in SHELLS and not block.reason:
                with reader.beside(block.beside):
                    for typed in block.typed():
                        reader.type(reader.shell(SHELLS[block.language]), typed)
                        lines.append(typed.line)
        assert world.named(lines) - world.accepted() - {"aws"} == set()  # whose status was looked at


def parse(block: Block) -> object:
    """Read a file with the parser of its language; of HCL and tmux there is none here."""
    if block.language == "ini":
        parser = configparser.RawConfigParser()
        parser.read_string(block.text)
        return parser.sections()
    parsers = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}
    return parsers.get(block.language, str.strip)(block.text)


@every_page
def test_every_file_in_a_page_can_be_parsed(page: Path) -> None:
    """And is not empty; every language is one that these tests know."""
    assert [block for block in blocks(page) if block.language in FORMATS and not parse(block)] == []
    assert {block.language for block in blocks(page)} <= {*SHELLS, *FORMATS}


@every_page
def test_the_page_names_each_file_to_its_reader(page: Path) -> None:
    """The comment that tells the tests cannot be seen."""
    text = re.sub("<!--.*?-->", "", page.read_text()).replace("\\", "/")
    assert [block.file for block in blocks(page) if block.file and f"{Path(block.file).name}`" not in text] == []


def test_nearly_every_block_is_run() -> None:
    """Each has a reason, which `pytest -s` shows."""
    skipped = [(page, block) for page in PAGES for block in blocks(page) if block.reason]
    print(f"\n{len(skipped)} blocks are not run:")  # noqa: T201 - for whoever wants to know
    for page, block in skipped:
        print(f"  {page.relative_to(ROOT)}: {block.reason}")  # noqa: T201
    assert len(skipped) <= MOST_NOT_RUN


def test_no_page_is_forgotten() -> None:
    """Each page with a block that somebody types is run, or there is a reason why not."""
    every = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert {page for page in every if is_typed(page)} - {*PAGES} == {ROOT / "docs" / name for name in NOT_RUN}


def is_typed(page: Path) -> bool:
    """Return whether a page has a block that somebody types, be it called plain text."""
    plain = "\n".join(["", *markdown.blocks(page, "text")])
    return any(block.language not in FORMATS for block in blocks(page)) or "\nshellvault " in plain


def test_nothing_is_typed_in_a_block_without_a_language() -> None:
    """It would not be run, and nobody would notice."""
    plain = [text for page in DOCUMENTS for text in markdown.blocks(page, "")]
    assert [line for text in plain for line in text.splitlines() if line.startswith("$ ")] == []
