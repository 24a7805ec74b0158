"""The template of the Homebrew formula, which Homebrew itself has not run."""

from __future__ import annotations

import re

import tree_sitter_ruby
from tree_sitter import Language, Parser

from tests.packaging.conftest import ROOT
from tests.packaging.test_shared_files import COMPLETIONS, MAN_PAGE

FORMULA = ROOT / "packaging" / "shellvault.rb"


def test_the_formula_is_ruby() -> None:
    """A Ruby grammar finds no error in it."""
    tree = Parser(Language(tree_sitter_ruby.language())).parse(FORMULA.read_bytes())
    assert not tree.root_node.has_error


def test_the_formula_installs_what_the_wheel_shares() -> None:
    """The man page and each completion."""
    found = re.findall(r'install_symlink libexec/"share/(.+)"', FORMULA.read_text())
    assert set(found) == {MAN_PAGE, *COMPLETIONS.values()}


def test_the_formula_has_no_address() -> None:
    """They are filled in when it is released."""
    assert "://" not in FORMULA.read_text()
