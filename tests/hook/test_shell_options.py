"""The hook works, silently, under any shell options a user may have set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT
from tests.hook.configured_shell import (
    ALL_VERSIONS,
    load_hook,
    read_prompt_after,
    start_configured_shell,
    strip_escapes,
)
from tests.shells.shell_versions import list_missing_versions, list_versions

if TYPE_CHECKING:
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

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
    "IFS=_abc",
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
    "setopt force_float",
    "emulate ksh",
    "emulate sh",
    "IFS=0123456789",
    "typeset -T SHELLVAULT_PATH shellvault_path",
)
FISH = (
    "set -g IFS :",
    "function fish_mode_prompt; end",
    "function path; echo $PATH; end; function math; echo 3; end; function contains; echo no; end",
    "function functions; echo none; end; function set_color; echo plain; end; function complete; echo none; end",
)
NEWEST = {version.name: version for version in reversed(ALL_VERSIONS)}
OLDEST_BASH = min(list_versions("bash"), key=lambda version: [int(part) for part in version.number.split(".")])
MATRIX = [
    *((version, line) for version in ALL_VERSIONS for line in (":", *([] if version.name == "fish" else [STRICT]))),
    *((OLDEST_BASH, line) for line in BASH),
    *((NEWEST[name], line) for name, lines in (("bash", BASH), ("zsh", ZSH), ("fish", FISH)) for line in lines),
]


@pytest.mark.parametrize(("version", "line"), MATRIX, ids=str)
def test_hook_works_under_shell_options(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version, line: str
) -> None:
    """Loaded after this line, it shows the segment, refreshes an expired session before a command, and is silent."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, before=(line,), NO_COLOR="1", **session) as shell:
        assert load_hook(shell) == ""
        for _ in range(2):
            assert re.fullmatch(rf"\[short 5\dm\] {PROMPT}", read_prompt_after(shell, "true"))
        assert expire_and_check(shell, session) == "renewed"


@pytest.mark.parametrize("version", list_versions("bash"), ids=str)
@pytest.mark.parametrize("option", ["-eu", "--posix", "-T", "-x"])
def test_hook_works_in_bash_started_with_options(
    fresh_session: tuple[Sandbox, dict[str, str]], version: Version, option: str
) -> None:
    """The same for command-line options; the trace of -x shows no secret."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, option, NO_COLOR="1", **session) as shell:
        load_hook(shell)
        assert re.search(rf"\[short 5\dm\] {PROMPT}$", read_prompt_after(shell, "true"))
        expire_and_check(shell, session)
        assert "\nrenewed\r" in shell.terminal.output
        assert session["AWS_SECRET_ACCESS_KEY"] not in shell.terminal.output


def expire_and_check(shell: LiveShell, session: dict[str, str]) -> str:
    """Let the session expire, and return the output of a command that checks whether it is fresh."""
    shell.run('rm -f "$SHELLVAULT_STAMP"; export SHELLVAULT_REFRESH_AT=1000000000 SHELLVAULT_EXPIRES_AT=1000000001')
    return strip_escapes(
        shell.run(f"sh -c 'test $SHELLVAULT_EXPIRES_AT = {session['SHELLVAULT_EXPIRES_AT']} && echo renewed'")
    )


def test_versions_that_could_not_be_tested_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """They are printed; the versions tested are in the names of the tests."""
    with capsys.disabled():
        print(f"\nshells the hook was not tested on: {', '.join(list_missing_versions()) or 'no version was missing'}")  # noqa: T201
