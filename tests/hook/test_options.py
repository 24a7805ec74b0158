"""The hook works, and says nothing of its own, whatever options a person has set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.rigs import EVERY, load, plain, prompt_after, rigged
from tests.shells.versions import missing, versions

if TYPE_CHECKING:
    from tests.hook.living import Living
    from tests.sandbox import Sandbox
    from tests.shells.versions import Version

STRICT = "set -e; set -u; set -o pipefail"
BASH = (
    "set -T",
    "shopt -s extdebug",
    "set -E -o functrace; trap 'x=1' DEBUG; trap 'x=2' ERR",
    "set -o posix",
    "shopt -s failglob",
    "shopt -s nullglob",
    "shopt -s nocasematch extglob globstar",
    "set -C",
    "set -f",
    "set -a",
    "IFS=:",
    "IFS=0123456789",
    "shopt -s localvar_inherit localvar_unset",
    "shopt -s compat31",
)
ZSH = (
    "setopt ksh_arrays",
    "setopt sh_word_split glob_subst",
    "setopt err_return",
    "setopt warn_create_global warn_nested_var",
    "setopt no_clobber",
    "setopt null_glob extended_glob ksh_glob",
    "setopt all_export",
    "setopt prompt_subst",
    "setopt no_prompt_subst no_prompt_cr",
    "setopt posix_builtins posix_identifiers",
    "setopt rc_quotes ignore_braces",
    "setopt octal_zeroes c_bases",
    "emulate ksh",
    "emulate sh",
    "IFS=0123456789",
    "typeset -T SHELLVAULT_PATH shellvault_path",
)
FISH = ("set -g IFS :", "function fish_mode_prompt; end")
OWN = {version.name: version for version in reversed(EVERY)}
MATRIX = [
    *((version, line) for version in EVERY for line in (":", *([] if version.name == "fish" else [STRICT]))),
    *((OWN[name], line) for name, lines in (("bash", BASH), ("zsh", ZSH), ("fish", FISH)) for line in lines),
]


@pytest.mark.parametrize(("version", "line"), MATRIX, ids=str)
def test_the_hook_works_under(inherited: tuple[Sandbox, dict[str, str]], version: Version, line: str) -> None:
    """Loaded after this line, it shows the segment, renews an expired session before a command, and is silent."""
    sandbox, session = inherited
    with rigged(sandbox, version, before=(line,), NO_COLOR="1", **session) as shell:
        assert load(shell) == ""
        for _ in range(2):
            assert re.fullmatch(rf"\[short 5\dm\] {PROMPT}", prompt_after(shell, "true"))
        assert renewed(shell, session) == "renewed"


@pytest.mark.parametrize("version", versions("bash"), ids=str)
@pytest.mark.parametrize("option", ["-eu", "--posix", "-T", "-x"])
def test_the_hook_works_in_a_bash_started_with(
    inherited: tuple[Sandbox, dict[str, str]], version: Version, option: str
) -> None:
    """The same for options of bash's command line; what is traced under -x holds no secret."""
    sandbox, session = inherited
    with rigged(sandbox, version, option, NO_COLOR="1", **session) as shell:
        load(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", prompt_after(shell, "true"))
        renewed(shell, session)
        assert "\nrenewed\r" in shell.terminal.output
        assert session["AWS_SECRET_ACCESS_KEY"] not in shell.terminal.output


def renewed(shell: Living, session: dict[str, str]) -> str:
    """Let the session be over, and return what is shown when the next command asks whether it is fresh again."""
    shell.do('rm -f "$SHELLVAULT_STAMP"; export SHELLVAULT_REFRESH_AT=1000000000 SHELLVAULT_EXPIRES_AT=1000000001')
    return plain(shell.do(f"sh -c 'test $SHELLVAULT_EXPIRES_AT = {session['SHELLVAULT_EXPIRES_AT']} && echo renewed'"))


def test_the_versions_that_could_not_be_run_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """They are printed; those that the tests ran on are in the names of the tests."""
    with capsys.disabled():
        print(f"\nthe hook was not run on: {', '.join(missing()) or 'nothing that was hoped for'}")  # noqa: T201
