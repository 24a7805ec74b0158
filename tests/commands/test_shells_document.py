"""docs/shells.md: its lines are the ones that the program names, and its definitions work in the real shells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.shell.dialects import DIALECTS, eval_line
from tests.commands.shell_syntax import parse_snapshots
from tests.commands.test_other_shells import SNAPSHOTS
from tests.hook.hooked_other_shell import get_variable, start_other_shell
from tests.packaging.conftest import ROOT
from tests.packaging.markdown import anchors, blocks
from tests.shells.real_shells import OTHER_SHELLS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

DOCUMENT = ROOT / "docs" / "shells.md"


def test_the_document_has_each_shells_line() -> None:
    """As `env` and its hints write it."""
    text = DOCUMENT.read_text().replace("\\|", "|")
    missing = [shell for shell in DIALECTS if eval_line(shell, "shellvault env dev") not in text]
    assert missing == []


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_the_short_word_works_as_documented(warm_sandbox: Sandbox, shell: str) -> None:
    """It takes the words of `env`, and fails as `env` does."""
    definition = blocks(DOCUMENT, shell)[-1]  # after the lines for the hook
    last = "sv alhpa && echo REACHED" if shell == "tcsh" else "sv alhpa\necho REACHED"
    show = SNAPSHOTS[shell]
    script = f"{definition}\nsv alpha\n{show}\nsv --unset\n{show}\n{last}"
    done = warm_sandbox.command([*OTHER_SHELLS[shell], "-c", script])
    inside, after = parse_snapshots(done.stdout)
    assert (inside["AWS_VAULT"], "AWS_VAULT" in after) == ("alpha", False)
    assert "REACHED" not in done.stdout
    assert "hint: did you mean alpha?" in done.stderr


def test_every_other_shell_has_a_section() -> None:
    """Whatever is not like sh or fish."""
    assert {*DIALECTS.values()} - {"posix", "fish"} <= anchors(DOCUMENT)


def test_the_lines_for_nushell_save_the_hook_where_its_shells_look(warm_sandbox: Sandbox) -> None:
    """A shell that starts then has `shellvault use`."""
    assert warm_sandbox.command(["nu", "-c", blocks(DOCUMENT, "nu")[0]]).returncode == 0
    with start_other_shell(warm_sandbox, "nu", load="") as shell:
        shell.run("shellvault use alpha")
        assert get_variable(shell, "AWS_VAULT") == "alpha"
