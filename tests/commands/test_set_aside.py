"""`env` sets an existing key pair aside: programs started later do not see it, and `--unset` restores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.shell_syntax import SNAPSHOT, parse_snapshots, write_eval, write_export, write_snapshot_script
from tests.shells.real_shells import CONFIGURED_FISH, SHELLS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ALL_SHELLS = (*SHELLS, CONFIGURED_FISH)
HOSTILE = 'it\'s "$HOME" `id` $(id) \\ %3B;=*x ~ ü\n\ttwo  lines\n'
OWN = {
    "AWS_ACCESS_KEY_ID": "AKIAOLDOLDOLDOLDOLD0",
    "AWS_SECRET_ACCESS_KEY": "old secret",
    "AWS_SESSION_TOKEN": "old token",
    "AWS_SECURITY_TOKEN": "old token",  # the same value twice
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old authorization",
}
EMPTY = dict.fromkeys(OWN, "")
UNSET: dict[str, str] = {}
ODD = {name: f"{HOSTILE}{name}" for name in OWN}
PARTLY = {"AWS_ACCESS_KEY_ID": "old id", "AWS_SECRET_ACCESS_KEY": "old secret", "AWS_SESSION_TOKEN": ""}


def run_lines(sandbox: Sandbox, shell: str, *lines: str, **first: str) -> list[dict[str, str]]:
    """Return a shell's environment at the start, at each `SNAPSHOT` line, and at the end."""
    script = write_snapshot_script(*lines)
    command = ["fish", "-c", script] if shell == CONFIGURED_FISH else [*SHELLS[shell], "-c", script]
    done = sandbox.command(command, **first)
    assert not done.stderr, done.stderr
    return parse_snapshots(done.stdout)


def evaluate(shell: str, words: str) -> str:
    """Return the line that evaluates `shellvault env` in this shell, regardless of its parent processes."""
    name = "fish" if shell.startswith("fish") else shell
    return write_eval(name, f"{words} --shell {name}")


def nest(shell: str, line: str) -> str:
    """Return a line that runs another one in a nested shell."""
    return f"{' '.join(('fish',) if shell == CONFIGURED_FISH else SHELLS[shell])} -c '{line}'"


def find_secrets(environ: dict[str, str], secrets: dict[str, str]) -> list[str]:
    """Return the variables in which an old value can be found."""
    return [name for name, value in environ.items() for secret in secrets.values() if secret and secret in value]


@pytest.mark.parametrize("own", [OWN, EMPTY, UNSET, ODD, PARTLY], ids=["set", "empty", "unset", "odd", "partly"])
@pytest.mark.parametrize("shell", ALL_SHELLS)
def test_old_secrets_are_in_no_later_program_and_are_restored(
    warm_sandbox: Sandbox, shell: str, own: dict[str, str]
) -> None:
    """Across one profile, another, and the same one again."""
    lines = [line for words in ("alpha", "beta", "beta") for line in (evaluate(shell, words), SNAPSHOT)]
    before, *inside, after = run_lines(warm_sandbox, shell, *lines, evaluate(shell, "--unset"), **own)
    assert not [found for environ in inside for found in find_secrets(environ, own)]
    assert [environ["AWS_VAULT"] for environ in inside] == ["alpha", "beta", "beta"]
    assert after == before
    assert {name: after[name] for name in own} == own


@pytest.mark.parametrize("shell", ALL_SHELLS)
def test_keys_that_replace_a_session_are_set_aside_too(warm_sandbox: Sandbox, shell: str) -> None:
    """`--unset` restores the user's latest keys."""
    name = "fish" if shell.startswith("fish") else shell
    lines = (
        evaluate(shell, "alpha"),
        write_export(name, "AWS_SECRET_ACCESS_KEY", "newer"),
        write_export(name, "AWS_ACCESS_KEY_ID", "newerid"),
        evaluate(shell, "beta"),
        SNAPSHOT,
        evaluate(shell, "--unset"),
    )
    before, inside, after = run_lines(warm_sandbox, shell, *lines, **OWN)
    assert not find_secrets(inside, {**OWN, "newer": "newer"})
    assert after == before | {"AWS_SECRET_ACCESS_KEY": "newer", "AWS_ACCESS_KEY_ID": "newerid"}


@pytest.mark.parametrize("shell", [name for name in SHELLS if name != "fish"])
def test_shell_that_exports_everything_does_not_export_them(warm_sandbox: Sandbox, shell: str) -> None:
    """`set -a` would export them; it stays on."""
    lines = ("set -a", evaluate(shell, "alpha"), "LATER=seen", SNAPSHOT, evaluate(shell, "--unset"))
    before, inside, after = run_lines(warm_sandbox, shell, *lines, **OWN)
    assert not find_secrets(inside, OWN)
    assert inside["LATER"] == "seen"
    after.pop("IFS", "")  # ksh exports it on its own
    assert after == before | {"LATER": "seen"}


@pytest.mark.parametrize("shell", ALL_SHELLS)
def test_nested_shell_has_no_old_secret_and_can_remove_the_session(warm_sandbox: Sandbox, shell: str) -> None:
    """It has no keys then, while the outer shell still gets its own back."""
    inner = evaluate(shell, "--unset").replace("'", "")
    lines = (evaluate(shell, "alpha"), f"echo +++; {nest(shell, f'{inner}; env -0')}", evaluate(shell, "--unset"))
    before, inside, after = run_lines(warm_sandbox, shell, *lines, **OWN)
    assert not find_secrets(inside, OWN)
    assert not OWN.keys() & inside.keys()
    assert "SHELLVAULT_PROFILE" not in inside
    assert after == before


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_program_of_exec_gets_no_old_secret(warm_sandbox: Sandbox, shell: str) -> None:
    """Not from the shell's environment, nor from keys that were set aside earlier."""
    run = "shellvault exec beta -- env -0"
    inside = run_lines(warm_sandbox, shell, f"echo +++; {run}", evaluate(shell, "alpha"), f"echo +++; {run}", **OWN)[1:]
    assert not [found for environ in inside[:2] for found in find_secrets(environ, OWN)]
    assert [environ["AWS_VAULT"] for environ in inside[:2]] == ["beta", "beta"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_variable_is_gone_after_unset(warm_sandbox: Sandbox, shell: str) -> None:
    """No copy is left in the shell."""
    listing = f"{'set -g' if shell == 'fish' else 'set'} | grep ^_shellvault"
    script = "; ".join((evaluate(shell, "alpha"), evaluate(shell, "--unset"), listing))
    assert warm_sandbox.shell(shell, script, **OWN).stdout == ""
    script = "; ".join((evaluate(shell, "alpha"), listing))
    assert "old secret" in warm_sandbox.shell(shell, script, **OWN).stdout


def test_restore_data_of_an_earlier_version_leaves_the_environment(warm_sandbox: Sandbox) -> None:
    """Earlier versions kept the old secret itself in SHELLVAULT_RESTORE."""
    line = 'M=$(printf %s "$SHELLVAULT_RESTORE" | sed "s/\\(SECRET_ACCESS_KEY:[^@]*\\)@[^;]*/\\1=old secret/")'
    lines = (evaluate("bash", "alpha"), line, "export SHELLVAULT_RESTORE=$M; unset M", SNAPSHOT)
    found = run_lines(warm_sandbox, "bash", *lines, evaluate("bash", "beta"), SNAPSHOT, evaluate("bash", "-u"), **OWN)
    assert find_secrets(found[1], OWN) == ["SHELLVAULT_RESTORE"]
    assert not find_secrets(found[2], OWN)
    assert found[3] == found[0]
