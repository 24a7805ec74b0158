"""aws-vault's options and commands: the supported ones work unchanged, the others are explained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.compat.awsvault.options import INSTEAD, VERBS
from tests.commands.role_profiles import add_role

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

KEY = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "x" * 40}
STORAGE = ("--keychain", "--session-file-dir", "--op-vault-id", "--biometrics")
"""A sample of the options that share one explanation; docs/aws-vault.md is checked against all of them."""


@pytest.mark.parametrize(
    "words",
    [
        ("--debug", "exec", "reader", "-d", "30m", "-n", "--region=eu-west-1", "-j"),
        ("--backend=file", "--prompt", "zenity", "exec", "-j", "reader", "--duration=30m0s", "--no-session"),
        ("--parallel-safe", "--backend", "file", "exec", "--json", "reader", "-t", "123456"),
        ("export", "reader", "--format=json", "--parallel-safe", "-d", "30m", "-n", "--prompt=ykman", "--debug"),
    ],
)
def test_awsvault_command_line_works_unchanged(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """General options may precede or follow the command."""
    add_role(sandbox)
    done = sandbox.run(*words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Version"] == 1


def test_option_before_the_command_takes_effect(warm_sandbox: Sandbox) -> None:
    """Just as it would after the command."""
    refused = warm_sandbox.run("--backend", "nonsense", "list")
    assert (refused.returncode, "there is no backend 'nonsense'" in refused.stderr) == (2, True)
    assert "the vault is sealed" in warm_sandbox.run("--debug", "exec", "alpha", "--json", "--duration", "20m").stderr


@pytest.mark.parametrize("verb", ["list", "ls", "status"])
def test_prompt_option_is_ignored_by_commands_that_never_prompt(warm_sandbox: Sandbox, verb: str) -> None:
    """An alias may set it for all commands."""
    done = warm_sandbox.run("--prompt=zenity", "--debug", verb)
    assert done.returncode == 0, done.stderr


def test_env_failure_after_a_leading_option_prints_false(warm_sandbox: Sandbox) -> None:
    """So that `eval` fails."""
    done = warm_sandbox.run("--debug", "env", "nobody", "--shell", "bash")
    assert (done.returncode, done.stdout) == (3, "false\n")


@pytest.mark.parametrize("words", [("--debug",), ("--backend",), ("--prompt", "zenity"), ("--nonsense", "list")])
def test_leading_options_without_a_command_are_an_error(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """So is a leading option that is not general."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "a command must come before" in done.stderr


@pytest.mark.parametrize(("word", "written"), [("--no-add-config", False), ("--add-config", True)])
def test_add_accepts_both_config_options(sandbox: Sandbox, word: str, written: bool) -> None:  # noqa: FBT001 - parametrized
    """One adds a profile to the config file, the other does not."""
    done = sandbox.run("add", "base", "--env", word, **KEY)
    assert done.returncode == 0, done.stderr
    assert sandbox.config.exists() == written


def test_option_without_effect_takes_no_value(sandbox: Sandbox) -> None:
    """Otherwise `--add-config=false` would do the opposite of what it says."""
    done = sandbox.run("add", "base", "--env", "--add-config=false", **KEY)
    assert (done.returncode, sandbox.config.exists()) == (2, False)
    assert "--no-config" in done.stderr


@pytest.mark.parametrize(("verb", "name"), [pair for pair in INSTEAD if pair[0] or pair[1] in STORAGE])
def test_unsupported_option_suggests_a_replacement(warm_sandbox: Sandbox, verb: str, name: str) -> None:
    """Status 2, with the reason."""
    command = verb or "list"
    done = warm_sandbox.run(command, name, "base")
    assert done.returncode == 2
    assert f"error: {command}: unknown option {name} ({INSTEAD[verb, name][0]})\n" in done.stderr
    assert f"hint: {INSTEAD[verb, name][1]}\n" in done.stderr


def test_remove_sessions_only_deletes_no_key_pair(sandbox: Sandbox) -> None:
    """Not even with --force."""
    add_role(sandbox)
    assert sandbox.run("remove", "base", "--sessions-only", "-f").returncode == 2
    assert sandbox.run("list", "--credentials").stdout == "base\n"


@pytest.mark.parametrize("verb", VERBS)
def test_unsupported_command_suggests_a_replacement(warm_sandbox: Sandbox, verb: str) -> None:
    """Status 2, with the reason."""
    done = warm_sandbox.run(verb)
    assert done.returncode == 2
    assert done.stderr == f"error: unknown command '{verb}': {VERBS[verb][0]}\nhint: {VERBS[verb][1]}\n"


def test_key_pair_can_be_copied_between_vaults_as_the_hint_says(sandbox: Sandbox) -> None:
    """Here from the sealed vault to itself, under another name."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("base", key)
    done = sandbox.run("exec", "base", "-n", "--backend", "sealed", "--", "shellvault", "add", "there", "--env")
    assert (done.returncode, key.secret in done.stdout + done.stderr) == (0, False), done.stderr
    assert sandbox.run("list", "--credentials").stdout == "base\nthere\n"
