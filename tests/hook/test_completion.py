"""Tab completes command lines in real shells, and never runs what is in a name."""

from __future__ import annotations

import json
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING

import pytest

from tests.hook.configured_shell import ALL_VERSIONS, load_hook, start_configured_shell
from tests.hook.live_shell import SHELLS
from tests.shells.shell_versions import find_bash_completions, list_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.aws.server import AwsServer
    from tests.hook.live_shell import LiveShell
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

EACH = pytest.mark.parametrize("name", SHELLS)
EVERY = pytest.mark.parametrize("version", ALL_VERSIONS, ids=str)
EVIL = "evil$(touch x)`touch y`&touch z;$HOME"
HOSTILE = {
    "evil": EVIL,
    "two": "two words",
    "it": "it's 'so'",
    "quo": 'quo"te"',
    "wow": "wow!x !!",
    "any": "any*?[a-z]{b,c}",
    "slash": "slash\\ed\\\\x",
    "esc": "esc\x1b[31mred\x1b]0;t\x07",
    "bidi": "bidi\u202e\u200b\xa0x",
    "\\~til": "~tilde",
    "\\#ha": "#hash",
    "\\^ca": "^caret%p",
    "col": "colon:b=c@d",
    "colon:b": "colon:b=c@d",
    "colon:b=": "colon:b=c@d",
    "user@": "user@example.com",
    "üb": "übergröße",
    "日": "日本",
    "🔥": "🔥fire",
    "-- -d": "-dash",
}
"""What is typed -> the name that it becomes."""
IN_QUOTES = {"'two w": "two words", "'it": "it's 'so'", "'quo": 'quo"te"', "'evil": EVIL, "'slash": "slash\\ed\\\\x"}
IN_DOUBLE_QUOTES = {'"two w': "two words", '"it': "it's 'so'", '"quo': 'quo"te"', '"evil': EVIL, '"wow': "wow!x !!"}
PARTS = {
    "us\tstaging": "use|staging",
    "use stag\t": "use|staging",
    "use --read\tstag\t": "use|--read-only|staging",
    "use --read-only --read\t": "use|--read-only|--read",
    "export --format js\tbase": "export|--format|json|base",
    "export --format=js\tbase": "export|--format=json|base",
    "rotate ba\t": "rotate|base",
    "rotate stag\t": "rotate|stag",
    "env --sso co\t": "env|--sso|corp",
    "log --profile=two\t": "log|--profile=two words",
    "login staging ba\t": "login|staging|base",
    "agent sto\t": "agent|stop",
    "hook fi\t": "hook|fish",
    "help rot\t": "help|rotate",
    "--vers\t": "--version",
    "trust some\t": "trust|some file.json",
    "env --policy fold\tinn\t": "env|--policy|folder/inner.json",
    "env --policy=fold\tinn\t": "env|--policy=folder/inner.json",
    "exec staging -- cat some\t": "exec|staging|--|cat|some file.json",
    "exec staging cat fold\tinn\t": "exec|staging|cat|folder/inner.json",
    "exec -n 'two words' -- printen\t": "exec|-n|two words|--|printenv",
    "each staging base -- cat some\t": "each|staging|base|--|cat|some file.json",
    "exec staging -- shellvault rotate ba\t": "exec|staging|--|shellvault|rotate|base",
}
"""What is typed after `shellvault` -> the words that shellvault gets."""
ECHO = {
    "bash": "shellvault() { local IFS='|'; printf '<%s>' \"$*\"; }",
    "zsh": 'shellvault() { print -rn -- "<${(j:|:)@}>" }',
    "fish": "function shellvault; printf '<%s>' (string join '|' -- $argv); end",
}
"""Shows the words of each command line."""
COMPINIT = ("echo >~/.zcompdump", "autoload -Uz compinit; compinit -u")
OPTIONS = {
    "bash": (
        "set -u",
        "set -e",
        "shopt -s nocasematch nocaseglob",
        "set -o posix",
        "set -f; IFS=abc",
        "shopt -s failglob nullglob dotglob extglob",
        "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=@]/}",
        "COMP_WORDBREAKS=' '",
    ),
    "zsh": (
        "setopt nounset",
        "setopt ksh_arrays sh_word_split glob_subst",
        "setopt err_return warn_create_global noglob",
        "alias -g local=x -- two=y; alias command=z",
        "zstyle ':completion:*' matcher-list 'm:{a-z}={A-Z}' 'l:|=* r:|=*'; zstyle ':completion:*' menu select",
    ),
    "fish": ("set -g IFS x", "function math; end; function contains; end; function complete; echo none; end"),
}


@pytest.fixture
def sandbox(sandbox: Sandbox, aws: AwsServer) -> Sandbox:
    """Return a sandbox with names of all kinds, and files."""
    sandbox.add("base", aws.world.user().access_key())
    profiles = dict.fromkeys(("staging", *HOSTILE.values()))
    sandbox.configure("".join(f"[profile {quote(name)}]\nsource_profile = base\n" for name in profiles))
    sandbox.configure("[sso-session corp]\nsso_start_url = https://corp\nsso_region = eu-west-1\n")
    folder = sandbox.home / "folder"
    folder.mkdir()
    for path in (sandbox.home / "some file.json", folder / "inner.json"):
        path.write_text(json.dumps({}))
    return sandbox


@EVERY
def test_tab_completes_each_part_of_a_command_line(sandbox: Sandbox, version: Version) -> None:
    """Commands, options and their values, names, files, and the command line of a program that is run."""
    with _start_with_completion(sandbox, version) as shell:
        _check_parts(shell, PARTS)


@EVERY
def test_tab_completes_hostile_names(sandbox: Sandbox, version: Version) -> None:
    """Each is completed to one word that runs nothing, also where a quote is open."""
    with _start_with_completion(sandbox, version) as shell:
        for typed, name in (HOSTILE | IN_QUOTES | IN_DOUBLE_QUOTES).items():
            assert f"{name}>" in shell.run(f"shellvault use {typed}\t"), typed
    assert not [path for path in sandbox.files() if path.name in "xyz"]


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in SHELLS for line in OPTIONS[name]])
def test_options_of_the_shell_change_nothing(sandbox: Sandbox, name: str, line: str) -> None:
    """Nor do its variables."""
    with _start_with_completion(sandbox, list_versions(name)[0], line) as shell:
        _check_parts(shell, PARTS)
        for typed, word in HOSTILE.items():
            assert f"{word}>" in shell.run(f"shellvault use {typed}\t"), typed
    assert not [path for path in sandbox.files() if path.name in "xyz"]


@pytest.mark.parametrize("file", find_bash_completions())
def test_bash_completion_completes_the_program_that_is_run(sandbox: Sandbox, file: Path) -> None:
    """Where it is loaded, before or after the hook."""
    for before, after in ((f"source '{file}'", ":"), (":", f"source '{file}'")):
        with _start_with_completion(sandbox, list_versions("bash")[0], after, before=(before,)) as shell:
            _check_parts(shell, {**PARTS, "exec base -- chmod --refer\t": "exec|base|--|chmod|--reference="})


@pytest.mark.parametrize("file", [None, *find_bash_completions()])
def test_a_users_own_completion_of_a_program_is_used(sandbox: Sandbox, file: Path | None) -> None:
    """By a function, or by a program as for the AWS CLI, with and without bash-completion."""
    lines = [f"source '{file}'"] if file else []
    lines += ["complete -C aws_completer aws", "words() { COMPREPLY=($(compgen -W 'alpha beta' -- \"$2\")); }"]
    lines += ["complete -o nospace -F words own"]
    with _start_with_completion(sandbox, list_versions("bash")[0], "; ".join(lines)) as shell:
        _check_parts(
            shell,
            {
                "exec staging -- aws sts get-caller\t": "exec|staging|--|aws|sts|get-caller-identity",
                "exec 'two words' -- own x al\tx": "exec|two words|--|own|x|alphax",
            },
        )


@EACH
def test_tab_offers_nothing_else(sandbox: Sandbox, name: str) -> None:
    """No file where a profile is expected, and no message on the half-typed line."""
    with _start_with_completion(sandbox, list_versions(name)[0]) as shell:
        _check_parts(
            shell, {"use some\t": "use|some", "nosuch some\t": "nosuch|some", "log who fold\t": "log|who|fold"}
        )
        sandbox.config.write_text("[profile broken\n")
        _check_parts(shell, {"use stag\t": "use|stag", "use ba\t": "use|base"})


@EACH
def test_names_are_listed_without_what_moves_the_cursor(sandbox: Sandbox, name: str) -> None:
    """When there are several, Tab shows them."""
    sandbox.config.write_text(f"[profile {quote('ax' + chr(27) + ']0;title' + chr(7))}]\n[profile 'ay\x1b[31m']\n")
    with _start_with_completion(sandbox, list_versions(name)[0], TERM="xterm") as shell:
        shell.terminal.collect_output()
        before = len(shell.terminal.output)
        shell.terminal.press("shellvault use a\t\t\t")
        shell.terminal.expect("ay")
        shown = shell.terminal.collect_output(1)[before:]
    assert "\x1b]0;title" not in shown
    assert "y\x1b[31m" not in shown


def test_zsh_completes_without_compinit(sandbox: Sandbox) -> None:
    """Names, options and values; and everything, once compinit runs."""
    with _start_with_completion(sandbox, list_versions("zsh")[0], compinit=()) as shell:
        _check_parts(
            shell, {typed: words for typed, words in PARTS.items() if "--policy=" not in typed and " -- " not in typed}
        )
        for line in COMPINIT:
            shell.run(line)
        _check_parts(shell, PARTS)


def _check_parts(shell: LiveShell, parts: dict[str, str]) -> None:
    for typed, words in parts.items():
        assert f"<{words}>" in shell.run(f"shellvault {typed}"), typed


@contextmanager
def _start_with_completion(
    sandbox: Sandbox,
    version: Version,
    after: str = ":",
    before: Sequence[str] = (),
    compinit: Sequence[str] = COMPINIT,
    **extra: str,
) -> Iterator[LiveShell]:
    """Start a shell with working completion, on a terminal wide enough for every line, and run `after` in it."""
    first = {"zsh": compinit, "bash": ("bind 'set enable-bracketed-paste off'",)}.get(version.name, ())
    with start_configured_shell(sandbox, version, before=("stty cols 300", *first, *before), **extra) as shell:
        assert load_hook(shell).strip() == ""
        shell.run(ECHO[version.name])
        shell.run(after)
        if version.name == "zsh":
            shell.run("setopt zle")
        yield shell
