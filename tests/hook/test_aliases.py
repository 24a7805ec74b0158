"""Existing aliases: the hook loads and works in spite of them, or says which one to remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hook.configured_shell import get_hook_line, start_configured_shell, strip_escapes
from tests.hook.live_shell import add_short_profile
from tests.hook.session_states import expire_session
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

COMMON = (
    "alias local='local -r --'",
    "alias return='echo left; return'",
    "alias command='nice command'",
    "alias set='set -x;'",
    "alias builtin=false unset='echo UNSET' trap='echo TRAP'",
    "alias case='echo CASE' typeset='echo TYPESET' if='echo IF'",
)
GLOBAL = ("alias -g env='((' F=')'", "alias -g no_xtrace='| less'", "alias -g PROFILE='<(' said='\\`'")
HARMLESS = [
    (version, line)
    for name, lines in (("bash", COMMON), ("zsh", (*COMMON, *GLOBAL)))
    for version in list_versions(name)
    for line in lines
]
IN_THE_WAY = [
    ("bash", "alias shellvault='/opt/bin/shellvault --debug'", "shellvault"),
    ("zsh", "alias shellvault='/opt/bin/shellvault --debug'", "shellvault"),
    ("zsh", "alias -g use='(('", "use"),
    ("zsh", "alias -g off='> /dev/null'", "off"),
]
BOTH_WAYS = pytest.mark.parametrize("way", ["file", "eval"])


def get_load_line(name: str, way: str) -> str:
    """Return the line that loads the hook: from its file, or as in the README."""
    return get_hook_line(name) if way == "file" else f'eval "$(\\shellvault hook {name})"'


@BOTH_WAYS
@pytest.mark.parametrize(("version", "line"), HARMLESS, ids=str)
def test_hook_loads_in_spite_of_aliases(sandbox: Sandbox, version: Version, line: str, way: str) -> None:
    """It loads with aliases turned off, and afterwards they are all still there."""
    add_short_profile(sandbox, 3600)
    with start_configured_shell(sandbox, version) as shell:
        shell.run(line)
        before = shell.run("\\alias")
        assert strip_escapes(shell.run(get_load_line(version.name, way))) == ""
        assert strip_escapes(shell.run("\\shellvault use short")) == ""
        assert shell.get_variable("SHELLVAULT_PROFILE") == "short"
        expire_session(shell)
        assert not shell.run("sh -c 'echo =$SHELLVAULT_EXPIRES_AT'").endswith("=1000000001")
        assert shell.run("\\alias") == before


@BOTH_WAYS
@pytest.mark.parametrize(("name", "line", "word"), IN_THE_WAY)
def test_hook_says_which_alias_is_in_the_way(sandbox: Sandbox, name: str, line: str, word: str, way: str) -> None:
    """Such an alias changes what the user types, so the hook's function would never be called."""
    with start_configured_shell(sandbox, list_versions(name)[0]) as shell:
        shell.run(line)
        printed = strip_escapes(shell.run(get_load_line(name, way)))
        assert printed.replace("'", "").endswith(f"take it away: unalias {word}")
        shell.run(printed.partition("take it away: ")[2])
        assert strip_escapes(shell.run(get_load_line(name, way))) == ""
