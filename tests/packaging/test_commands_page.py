"""docs/commands.md is what the tables of the commands say."""

from __future__ import annotations

from tests.packaging.commands_page import PAGE, RENEW, write_page


def test_the_page_is_what_its_generator_writes() -> None:
    """Whoever changes a command's summary, examples or options runs the generator."""
    assert PAGE.read_text() == write_page(), f"docs/commands.md is out of date; renew it: {RENEW}"
