"""Statements in the shells that users have: strict, aliased, with variables of unusual types."""

from __future__ import annotations

import pytest

from shellvault.core.record import FromVariable, Unexported
from shellvault.shell.dialects import find_dialect
from shellvault.shell.dialects.fish import quote as quote_fish
from shellvault.shell.dialects.posix import quote
from tests.dialects.shell_evaluation import apply_changes
from tests.shells.real_shells import POSIX, SHELLS

CHANGES = {"GONE": None, "NEVER": None, "EMPTY": "", "KEY": "a'b\\c =x ~ $(echo no) !! *", "QUOTES": "''"}
OLD = {"GONE": "here", "EMPTY": "full", "KEY": "old"}
ASSIGNED_TEXT = {name: value for name, value in CHANGES.items() if value is not None}
ASSIGNED = {name.encode(): value.encode() for name, value in ASSIGNED_TEXT.items()}

SETTINGS = {
    "strict": (POSIX, "set -eu"),
    "strict with pipefail": (("bash", "zsh", "ksh", "mksh", "ash"), "set -eu -o pipefail"),
    "everything exported": (POSIX, "set -a"),
    "no globbing": (POSIX, "set -f"),
    "odd field separators": (POSIX, "IFS=aeinoux"),
    "aliased": (POSIX, "alias export='echo aliased' unset='echo aliased' false=true KEY=echo"),
    "bash aliased": (("bash",), "shopt -s expand_aliases; alias export='echo aliased' unset='echo aliased'"),
    "bash as POSIX": (("bash",), "set -o posix"),
    "bash with traps": (("bash",), "set -ET; trap 'echo >&2' DEBUG; trap 'echo failed' ERR"),
    "bash globs": (("bash",), "shopt -s nullglob failglob extglob; set -o history -o histexpand"),
    "bash restricted": (("bash",), "set -r"),
    "zsh as sh": (("zsh",), "emulate -R sh"),
    "zsh as ksh": (("zsh",), "emulate -R ksh"),
    "zsh as csh": (("zsh",), "emulate -R csh"),
    "zsh arrays and words": (("zsh",), "setopt ksh_arrays sh_word_split glob_subst"),
    "zsh quotes": (("zsh",), "setopt rc_quotes csh_junkie_quotes magic_equal_subst"),
    "zsh braces": (("zsh",), "setopt ignore_braces ignore_close_braces posix_builtins"),
    "zsh warnings": (("zsh",), "setopt warn_create_global warn_nested_var; unsetopt global_export"),
    "integer": (("bash", "zsh", "ksh", "mksh"), "typeset -i KEY GONE"),
    "upper case": (("bash", "zsh", "ksh", "mksh"), "unset KEY; typeset -u KEY"),
    "array": (("bash", "zsh", "ksh", "mksh"), "unset KEY; KEY=(1 2 3)"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_set_empty_and_unset_are_distinct(shell: str, env: dict[str, str]) -> None:
    """An empty AWS_PROFILE differs from an absent one: boto3 fails with it."""
    outcome = apply_changes(shell, CHANGES, env | OLD)
    seen = outcome.child_environment
    assert outcome.status == 0
    assert {name: seen[name] for name in ASSIGNED} == ASSIGNED
    assert not {b"GONE", b"NEVER"} & seen.keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_else_changes_and_nothing_is_printed(shell: str, env: dict[str, str]) -> None:
    """No helper variable remains, and success is silent."""
    before = apply_changes(shell, {}, env).child_environment
    outcome = apply_changes(shell, ASSIGNED_TEXT, env)
    assert outcome.child_environment == before | ASSIGNED
    assert outcome.stderr == b""


@pytest.mark.parametrize(
    ("shell", "before"),
    [
        pytest.param(shell, before, id=f"{shell}-{name}")
        for name, (which, before) in SETTINGS.items()
        for shell in which
    ],
)
def test_options_aliases_and_variable_types_make_no_difference(shell: str, before: str, env: dict[str, str]) -> None:
    """Credentials arrive intact under any of the user's settings."""
    outcome = apply_changes(shell, CHANGES, env | OLD, before)
    seen = outcome.child_environment
    assert outcome.status == 0, outcome.stderr
    assert {name: seen.get(name) for name in ASSIGNED} == ASSIGNED
    assert not {b"GONE", b"NEVER"} & seen.keys()


@pytest.mark.parametrize("shell", POSIX)
def test_unquoted_substitution_still_carries_credentials(shell: str, env: dict[str, str]) -> None:
    """Users forget the quotes; keys and tokens contain no spaces or asterisks, and every line ends with a semicolon."""
    changes = {"GONE": None, "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj/+==", "AWS_VAULT": "dev"}
    reader = "setopt sh_word_split; eval $(cat)" if shell == "zsh" else "eval $(cat)"
    outcome = apply_changes(shell, changes, env | OLD, reader=reader)
    assert outcome.status == 0, outcome.stderr
    assert outcome.child_environment[b"AWS_SESSION_TOKEN"] == b"IQoJb3JpZ2luX2Vj/+=="
    assert outcome.child_environment[b"AWS_VAULT"] == b"dev"
    assert b"GONE" not in outcome.child_environment


@pytest.mark.parametrize("shell", POSIX)
def test_function_can_apply_changes_to_its_shell(shell: str, env: dict[str, str]) -> None:
    """As the hook's function does."""
    outcome = apply_changes(shell, CHANGES, env | OLD, before='text=$(cat); f() { eval "$text"; }', reader="f")
    assert outcome.status == 0
    assert outcome.child_environment[b"KEY"] == ASSIGNED[b"KEY"]


KEPT = "_shellvault_kept_0"
SET_ASIDE = {"KEY": "new", KEPT: Unexported(ASSIGNED_TEXT["KEY"])}
TAKEN_BACK = {"KEY": FromVariable(KEPT), KEPT: None}
SHELL_SETTINGS = [
    pytest.param(shell, before, id=f"{shell}-{name}")
    for name, (which, before) in {"plain": (tuple(SHELLS), ""), **SETTINGS}.items()
    for shell in which
]


@pytest.mark.parametrize(("shell", "before"), SHELL_SETTINGS)
def test_value_set_aside_is_not_exported(shell: str, before: str, env: dict[str, str]) -> None:
    """Whatever shell options the user has set. Nothing is printed either."""
    outcome = apply_changes(shell, SET_ASIDE, env | OLD, before)
    assert (outcome.status, outcome.child_environment[b"KEY"]) == (0, b"new"), outcome.stderr
    assert not [value for value in outcome.child_environment.values() if value == ASSIGNED[b"KEY"]]
    assert not [name for name in outcome.child_environment if name.startswith((b"_shellvault", b"__shellvault"))]


@pytest.mark.parametrize(("shell", "before"), SHELL_SETTINGS)
def test_value_set_aside_is_restored(shell: str, before: str, env: dict[str, str]) -> None:
    """Exactly as it was."""
    text = find_dialect(shell).render(SET_ASIDE)
    aside = f"eval {quote(text)}" if shell != "fish" else f"eval {quote_fish(text)}"
    outcome = apply_changes(shell, TAKEN_BACK, env | OLD, f"{before}\n{aside}")
    assert outcome.status == 0, outcome.stderr
    assert outcome.child_environment[b"KEY"] == ASSIGNED[b"KEY"]
    assert not [name for name in outcome.child_environment if name.startswith((b"_shellvault", b"__shellvault"))]


@pytest.mark.parametrize(("shell", "before"), SHELL_SETTINGS)
def test_shell_without_the_value_set_aside_unsets_the_variable(shell: str, before: str, env: dict[str, str]) -> None:
    """A nested shell, for example, does not have it."""
    outcome = apply_changes(shell, TAKEN_BACK, env | OLD, before)
    assert outcome.status == 0, outcome.stderr
    assert b"KEY" not in outcome.child_environment
