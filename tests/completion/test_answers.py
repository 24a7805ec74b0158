"""What is offered at each place of a command line, and that asking never fails, asks or opens anything."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from shellvault.commands import VERBS
from tests.completion.asking import ask, ask_shell, offer
from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

MEANINGS = {
    "default": "",
    "staging": "deploy in 111122223333",
    "two words": "ReadOnly in 444455556666",
    "base": "key pair",
}
"""The profiles of the config file, and the key pair without a profile; one that looks like an option is left out."""
PROFILES = [*MEANINGS]


@pytest.mark.parametrize(
    "line",
    ["use", "env", "exec", "export", "serve", "login", "clear", "each", "list", "list staging-x", "each x y",
     "env --read-only", "env -d 1h", "env -d1h", "env --duration=1h", "env --policy-arn a --policy-arn b",
     "status --stamp", "log --profile", "--backend sealed use", "--debug --prompt=pass exec", "use --mfa-token -1"],
)  # fmt: skip
def test_profiles_are_offered(names: Sandbox, line: str) -> None:
    """As positionals and as values, wherever options stand."""
    found = offer(names, *line.split(), "")
    assert [name for name in found if name != "-dash"] == PROFILES


@pytest.mark.parametrize("line", ["add", "rotate", "remove", "rm", "rotate --prompt pass", "remove -f"])
def test_key_pairs_are_offered_where_only_a_key_pair_will_do(names: Sandbox, line: str) -> None:
    """Not profiles."""
    assert offer(names, *line.split(), "") == ["base"]


@pytest.mark.parametrize("line", ["env --sso", "sso profiles", "exec --sso"])
def test_sso_sessions_are_offered(names: Sandbox, line: str) -> None:
    """With where they sign in."""
    assert ask(names, *line.split(), "") == ["words", "corp\thttps://corp.awsapps.com/start"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("agent", ["status", "start", "stop"]),
        ("log", ["who"]),
        ("sso", ["profiles"]),
        ("import --from", ["credentials", "csv", "aws-vault"]),
        ("login --in", ["container", "profile", "window"]),
        ("hook", ["bash", "zsh", "fish", "elvish", "nushell", "nu", "xonsh", "powershell", "pwsh", "direnv"]),
        ("completion", ["bash", "zsh", "fish"]),
        ("env --prompt", ["terminal", "osascript", "zenity", "kdialog", "wincredui", "ykman", "pass", "process"]),
        ("--prompt", ["terminal", "osascript", "zenity", "kdialog", "wincredui", "ykman", "pass", "process"]),
        ("log who", []),
        ("env --region", ["eu-west-1"]),
        ("each --regions", ["eu-west-1"]),
        ("env --timeout", ["3s", "10s", "30s", "1m"]),
        ("login --duration", ["15m", "1h", "4h", "8h", "12h"]),
        ("nosuch", []),
    ],
)
def test_words_are_offered(names: Sandbox, line: str, wanted: list[str]) -> None:
    """Those of the command table, and none where there are none."""
    assert offer(names, *line.split(), "") == wanted


@pytest.mark.parametrize("line", ["trust", "env --policy", "export --write", "import --from csv", "import --from=csv"])
def test_files_are_left_to_the_shell(names: Sandbox, line: str) -> None:
    """It knows its own quoting, `~` and what the user has set."""
    assert ask(names, *line.split(), "") == ["files 0"]


def test_the_name_of_an_option_stays_before_its_file(names: Sandbox) -> None:
    """The shell is told how much of the word that is."""
    assert ask(names, "env", "--policy=some") == [f"files {len('--policy=')}"]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("exec staging -- aws s3", 4),
        ("exec staging --", 4),
        ("exec staging", 3),
        ("exec staging aws", 3),
        ("exec --", 3),
        ("exec --read-only -d 1h staging -- aws --", 7),
        ("--debug exec staging -- aws", 5),
        ("--prompt pass exec staging -- aws", 6),
        ("each a b -- aws", 5),
        ("each a -- aws -- x", 4),
    ],
)
def test_a_programs_own_words_are_left_to_its_own_completion(names: Sandbox, line: str, count: int) -> None:
    """The shell is told how many words come before it, `shellvault` among them."""
    assert ask(names, *line.split(), "") == [f"program {count}"]


@pytest.mark.parametrize("line", ["exec staging", "exec", "each a b"])
def test_options_are_offered_up_to_the_program(names: Sandbox, line: str) -> None:
    """Also after the profile."""
    assert "--read-only" in offer(names, *line.split(), "--re")


@pytest.mark.parametrize("line", ["status", "use staging", "log who ASIA"])
def test_options_are_offered_at_once_where_nothing_else_can_come(names: Sandbox, line: str) -> None:
    """Without a dash having been typed."""
    assert offer(names, *line.split(), "") == offer(names, *line.split(), "-") != []


def test_options_come_before_the_command_too(names: Sandbox) -> None:
    """Those that aws-vault allows there."""
    found = offer(names, "-")
    assert found == ["--help", "--version", "--backend", "--prompt", "--no-input", "--debug"]


def test_an_option_that_may_be_repeated_is_offered_again(names: Sandbox) -> None:
    """`--policy-arn` takes up to ten."""
    assert "--policy-arn" in offer(names, "env", "--policy-arn", "x", "--")


def test_a_name_that_was_given_is_not_offered_again(names: Sandbox) -> None:
    """To commands that take several."""
    assert offer(names, "login", "staging", "") == ["default", "two words", "base"]


def test_a_name_that_looks_like_an_option_comes_after_two_dashes(names: Sandbox) -> None:
    """Elsewhere the command would take it for one; as an option's value it may be anything."""
    assert "-dash" not in offer(names, "use", "")
    assert "-dash" in offer(names, "use", "--", "")
    assert "-dash" in offer(names, "log", "--profile", "")
    assert "--read-only" not in offer(names, "use", "--", "--")


def test_help_offers_commands(names: Sandbox) -> None:
    """All of them."""
    assert offer(names, "help", "") == [*VERBS, "help"]


def test_profiles_have_descriptions(names: Sandbox) -> None:
    """The role and the account, as far as their settings name these."""
    assert ask(names, "use", "") == ["words", *map("\t".join, MEANINGS.items())]


def test_zsh_gets_descriptions_after_all_words(names: Sandbox) -> None:
    """A colon separates each from its word."""
    shown = [f"{name}:{meaning}" if meaning else name for name, meaning in MEANINGS.items()]
    assert ask_shell(names, "zsh", "use", "") == ["words 0 4", *MEANINGS, *shown]
    assert ask_shell(names, "zsh", "log", "--profile=st")[0] == "words 10 5"
    assert ask_shell(names, "zsh", "agent", "") == ["words 0 0", "status", "start", "stop"]


def test_the_vault_that_is_named_decides_which_key_pairs_are_offered(names: Sandbox) -> None:
    """By an option or a variable; `auto` is the one in use."""
    assert offer(names, "rotate", "--backend", "kwallet", "") == []
    assert offer(names, "rotate", "", SHELLVAULT_BACKEND="kwallet") == []
    assert offer(names, "rotate", "--backend=sealed", "", SHELLVAULT_BACKEND="kwallet") == ["base"]
    assert offer(names, "rotate", "", SHELLVAULT_BACKEND="auto") == ["base"]


def test_profiles_are_those_of_the_config_file_that_is_used(names: Sandbox) -> None:
    """Also in a shell whose AWS_CONFIG_FILE was generated, and with a relative path."""
    other = names.home / "other"
    other.write_text("[profile elsewhere]\n")
    assert offer(names, "use", "", AWS_CONFIG_FILE=str(other)) == ["elsewhere", "base"]
    assert offer(names, "use", "", AWS_CONFIG_FILE="other") == ["elsewhere", "base"]
    assert offer(names, "use", "", AWS_CONFIG_FILE="$HOME/other") == ["elsewhere", "base"]
    done = names.shell("bash", 'eval "$(shellvault env --process)" && shellvault __complete fish use ""')
    assert "staging\tdeploy in 111122223333\n" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("words", [(), ("",), ("use",), ("use", ""), ("exec", "--", ""), ("'", '"', "\\"), ("\udcff",)])
def test_whatever_is_asked_the_answer_is_silent_and_succeeds(
    names: Sandbox, shell: str, words: tuple[str, ...]
) -> None:
    """There is a half-typed line on the terminal."""
    ask_shell(names, shell, *words)


@pytest.mark.parametrize("words", [(), ("tcsh", "x"), ("",), ("--help",)])
def test_an_unknown_question_gets_an_empty_answer(names: Sandbox, words: tuple[str, ...]) -> None:
    """A shell takes any first line that it does not know for nothing."""
    assert ask_shell(names, *words) == []


def test_a_broken_config_file_leaves_the_key_pairs(sandbox: Sandbox) -> None:
    """Without a word about it; the next command has it."""
    sandbox.add("base", sandbox.aws.world.user().access_key(), "--no-config")
    sandbox.configure("[profile dev\n")
    assert offer(sandbox, "use", "") == ["base"]


@pytest.mark.parametrize("damage", ["missing", "cut", "folder", "pipe"])
def test_a_damaged_index_leaves_the_profiles(sandbox: Sandbox, damage: str) -> None:
    """It is not repaired, and the vault is neither opened nor looked for."""
    sandbox.configure("[profile dev]\n")
    sandbox.add("base", sandbox.aws.world.user().access_key(), "--no-config")
    index, copy = sandbox.vault / "index", sandbox.vault / "index.old"
    for path in (index, copy):
        path.unlink()
    _damage(index, damage)
    assert "dev" in offer(sandbox, "use", "", SHELLVAULT_PASSPHRASE_FILE="")
    assert not copy.exists()


def _damage(index: Path, damage: str) -> None:
    if damage == "cut":
        index.write_text("sealed 0123")
    if damage == "folder":
        index.mkdir()
    if damage == "pipe":
        os.mkfifo(index)


def test_a_pipe_in_place_of_the_config_file_does_not_keep_the_shell_waiting(names: Sandbox) -> None:
    """Nobody may ever write to it, or its writer may take its time."""
    os.mkfifo(names.home / "pipe")
    assert offer(names, "use", "", AWS_CONFIG_FILE="pipe") == ["base"]
    slow = "AWS_CONFIG_FILE=<(exec sleep 60 2>&1) timeout 20 shellvault __complete fish use ''; echo $?; kill $!"
    assert names.shell("bash", slow).stdout == "words\nbase\tkey pair\n0\n"


def test_a_locked_vault_stays_locked(sandbox: Sandbox) -> None:
    """Names are in the index."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    assert offer(sandbox, "rotate", "", SHELLVAULT_PASSPHRASE_FILE="") == ["base"]
    assert "locked" in sandbox.run("env", "base", "--shell", "bash", SHELLVAULT_PASSPHRASE_FILE="").stderr


@pytest.mark.parametrize("line", ["", "use", "rotate", "env --", "hook", "exec staging --"])
def test_answering_loads_few_modules(names: Sandbox, line: str) -> None:
    """Neither settings nor stores, and no library; the interpreter may be started without its search for packages."""
    command = "import sys; from shellvault.__main__ import main; main()"
    words = [sys.executable, "-S", "-X", "importtime", "-c", command, "__complete", "fish", *line.split(), ""]
    done = names.command(words, PYTHONPATH=str(ROOT))
    loaded = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    assert done.stdout
    assert "shellvault.completion.completer" in loaded
    assert loaded & {"site", "json", "botocore", "keyring", "shellvault.app", "shellvault.settings"} == set()
