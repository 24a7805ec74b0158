"""aws-vault's options: taken where they stand, told of where they are not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.compat.awsvault.options import INSTEAD, VERBS
from tests.commands.people import with_role

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

KEY = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "x" * 40}
STORAGE = ("--keychain", "--session-file-dir", "--op-vault-id", "--biometrics")
"""Some of those that say the same; docs/aws-vault.md is held against all of them."""


@pytest.mark.parametrize(
    "words",
    [
        ("--debug", "exec", "reader", "-d", "30m", "-n", "--region=eu-west-1", "-j"),
        ("--backend=file", "--prompt", "zenity", "exec", "-j", "reader", "--duration=30m0s", "--no-session"),
        ("--parallel-safe", "--backend", "file", "exec", "--json", "reader", "-t", "123456"),
        ("export", "reader", "--format=json", "--parallel-safe", "-d", "30m", "-n", "--prompt=ykman", "--debug"),
    ],
)
def test_a_command_line_of_aws_vaults_works_as_it_stands(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """General options stand before the command, or behind it."""
    with_role(sandbox)
    done = sandbox.run(*words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Version"] == 1


def test_an_option_before_the_command_counts(settled: Sandbox) -> None:
    """As it would behind it."""
    refused = settled.run("--backend", "nonsense", "list")
    assert (refused.returncode, "there is no backend 'nonsense'" in refused.stderr) == (2, True)
    assert "the vault is sealed" in settled.run("--debug", "exec", "alpha", "--json", "--duration", "20m").stderr


@pytest.mark.parametrize("verb", ["list", "ls", "status"])
def test_a_driver_before_a_command_that_asks_for_no_code_says_nothing(settled: Sandbox, verb: str) -> None:
    """As in an alias for all commands."""
    done = settled.run("--prompt=zenity", "--debug", verb)
    assert done.returncode == 0, done.stderr


def test_env_still_fails_for_its_shell_behind_such_an_option(settled: Sandbox) -> None:
    """`eval` must see it."""
    done = settled.run("--debug", "env", "nobody", "--shell", "bash")
    assert (done.returncode, done.stdout) == (3, "false\n")


@pytest.mark.parametrize("words", [("--debug",), ("--backend",), ("--prompt", "zenity"), ("--nonsense", "list")])
def test_options_without_a_command_are_an_error(settled: Sandbox, words: tuple[str, ...]) -> None:
    """And so is one that does not belong there."""
    done = settled.run(*words)
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "stands before the command" in done.stderr


@pytest.mark.parametrize(("word", "written"), [("--no-add-config", False), ("--add-config", True)])
def test_add_takes_both_spellings(sandbox: Sandbox, word: str, written: bool) -> None:  # noqa: FBT001 - a parameter
    """With a profile in the config file, and without one."""
    done = sandbox.run("add", "base", "--env", word, **KEY)
    assert done.returncode == 0, done.stderr
    assert sandbox.config.exists() == written


def test_an_option_that_changes_nothing_takes_no_value(sandbox: Sandbox) -> None:
    """`--add-config=false` would else do the opposite of what it says."""
    done = sandbox.run("add", "base", "--env", "--add-config=false", **KEY)
    assert (done.returncode, sandbox.config.exists()) == (2, False)
    assert "--no-config" in done.stderr


@pytest.mark.parametrize(("verb", "name"), [pair for pair in INSTEAD if pair[0] or pair[1] in STORAGE])
def test_what_is_not_there_says_what_to_type_instead(settled: Sandbox, verb: str, name: str) -> None:
    """Status 2, with its reason."""
    command = verb or "list"
    done = settled.run(command, name, "base")
    assert done.returncode == 2
    assert f"error: {command}: there is no option {name} ({INSTEAD[verb, name][0]})\n" in done.stderr
    assert f"hint: {INSTEAD[verb, name][1]}\n" in done.stderr


def test_remove_with_only_the_sessions_in_mind_deletes_no_key(sandbox: Sandbox) -> None:
    """Not even with --force."""
    with_role(sandbox)
    assert sandbox.run("remove", "base", "--sessions-only", "-f").returncode == 2
    assert sandbox.run("list", "--credentials").stdout == "base\n"


@pytest.mark.parametrize("verb", VERBS)
def test_a_command_that_is_not_there_says_so_too(settled: Sandbox, verb: str) -> None:
    """With its reason."""
    done = settled.run(verb)
    assert done.returncode == 2
    assert done.stderr == f"error: there is no command '{verb}': {VERBS[verb][0]}\nhint: {VERBS[verb][1]}\n"


def test_a_key_pair_moves_from_one_vault_to_another_by_what_the_hint_says(sandbox: Sandbox) -> None:
    """Here from the sealed vault to itself, under another name."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("base", key)
    done = sandbox.run("exec", "base", "-n", "--backend", "sealed", "--", "shellvault", "add", "there", "--env")
    assert (done.returncode, key.secret in done.stdout + done.stderr) == (0, False), done.stderr
    assert sandbox.run("list", "--credentials").stdout == "base\nthere\n"
