"""What the statements do in the shells people have: strict, aliased, and with variables of odd kinds."""

from __future__ import annotations

import pytest

from tests.dialects.apply import apply
from tests.shells.run import POSIX, SHELLS

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
    "an integer": (("bash", "zsh", "ksh", "mksh"), "typeset -i KEY GONE"),
    "upper case": (("bash", "zsh", "ksh", "mksh"), "unset KEY; typeset -u KEY"),
    "an array": (("bash", "zsh", "ksh", "mksh"), "unset KEY; KEY=(1 2 3)"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_set_empty_and_unset_are_three_states(shell: str, env: dict[str, str]) -> None:
    """An empty AWS_PROFILE is not an absent one: boto3 fails over it."""
    outcome = apply(shell, CHANGES, env | OLD)
    seen = outcome.children_see
    assert outcome.status == 0
    assert {name: seen[name] for name in ASSIGNED} == ASSIGNED
    assert not {b"GONE", b"NEVER"} & seen.keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_else_changes_and_nothing_is_printed(shell: str, env: dict[str, str]) -> None:
    """No helper variable stays behind, and a success is silent."""
    before = apply(shell, {}, env).children_see
    outcome = apply(shell, ASSIGNED_TEXT, env)
    assert outcome.children_see == before | ASSIGNED
    assert outcome.printed == b""


@pytest.mark.parametrize(
    ("shell", "before"),
    [
        pytest.param(shell, before, id=f"{shell}-{name}")
        for name, (which, before) in SETTINGS.items()
        for shell in which
    ],
)
def test_options_aliases_and_odd_variables_make_no_difference(shell: str, before: str, env: dict[str, str]) -> None:
    """The user's settings are the user's; a credential is the same under each of them."""
    outcome = apply(shell, CHANGES, env | OLD, before)
    seen = outcome.children_see
    assert outcome.status == 0, outcome.printed
    assert {name: seen.get(name) for name in ASSIGNED} == ASSIGNED
    assert not {b"GONE", b"NEVER"} & seen.keys()


@pytest.mark.parametrize("shell", POSIX)
def test_an_unquoted_substitution_still_carries_credentials(shell: str, env: dict[str, str]) -> None:
    """People forget the quotes; keys and tokens have neither spaces nor stars, and every line ends in ";"."""
    changes = {"GONE": None, "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj/+==", "AWS_VAULT": "dev"}
    reader = "setopt sh_word_split; eval $(cat)" if shell == "zsh" else "eval $(cat)"
    outcome = apply(shell, changes, env | OLD, reader=reader)
    assert outcome.status == 0, outcome.printed
    assert outcome.children_see[b"AWS_SESSION_TOKEN"] == b"IQoJb3JpZ2luX2Vj/+=="
    assert outcome.children_see[b"AWS_VAULT"] == b"dev"
    assert b"GONE" not in outcome.children_see


@pytest.mark.parametrize("shell", POSIX)
def test_a_function_can_apply_the_changes_to_its_shell(shell: str, env: dict[str, str]) -> None:
    """The hook's function does."""
    outcome = apply(shell, CHANGES, env | OLD, before='text=$(cat); f() { eval "$text"; }', reader="f")
    assert outcome.status == 0
    assert outcome.children_see[b"KEY"] == ASSIGNED[b"KEY"]
