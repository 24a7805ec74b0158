"""Help: for shellvault as a whole and for each command, however the user asks for it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from shellvault import __version__
from shellvault.commands import ALIASES, VERBS
from shellvault.help import wrap
from tests.commands.shell_syntax import BOUNDARY, SHELLS, parse_snapshots
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from shellvault.argparser import Command
    from tests.sandbox import Sandbox


PAGE = 71  # columns of an example in the manual


def load_command(verb: str) -> Command:
    """Return the COMMAND of a verb."""
    found: Command = import_module(f"shellvault.commands.{verb}").COMMAND
    return found


def unwrap(text: str) -> str:
    """Return a text on one line, with single spaces."""
    return " ".join(text.split())


def write_or(shell: str, first: str, second: str) -> str:
    """Return a line that runs the second command only if the first one fails."""
    return f"{first}; or {second}" if shell == "fish" else f"{first} || {second}"


@pytest.mark.parametrize("words", [(), ("-h",), ("--help",), ("help",)])
def test_overview_lists_every_command(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Each with its summary, plus the first commands to try, on stdout."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    for verb in VERBS:
        assert f"\n  {' '.join((verb, *load_command(verb).positionals))}  " in done.stdout
        assert load_command(verb).summary in unwrap(done.stdout)
    assert 'eval "$(shellvault env dev)"' in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_command_help_lists_all_options(warm_sandbox: Sandbox, verb: str) -> None:
    """Each with its short form, value, environment variable and purpose."""
    shown = warm_sandbox.run("help", verb)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"{load_command(verb).usage}\n")
    entries = re.split(r"\n(?=  (?:-\w,|   ) --)", shown.stdout)
    for option in load_command(verb).options:
        (entry,) = (entry for entry in entries if option.name in entry.replace(",", " ").split()[:2])
        for part in (option.help, option.short, option.value, option.variable):
            assert part in unwrap(entry)


def split_examples(text: str) -> list[tuple[str, str]]:
    """Return the commands in a text, which are indented, each with what stands beside it."""
    parts = [line.strip().partition("  ") for line in text.splitlines() if re.match(r" {2,4}[^ \d-]| {4}-", line)]
    return [(left, right.strip()) for left, _blanks, right in parts if not left.endswith(".")]


@pytest.mark.parametrize("verb", VERBS)
def test_no_example_is_broken(verb: str) -> None:
    """Not even in the manual: a paste would run half of a command. One that is too long ends in a backslash."""
    for left, right in split_examples(load_command(verb).details):
        for columns in (40, PAGE, 80):
            assert wrap(f"  {left}   {right}".rstrip(), columns).startswith((f"  {left}\n", f"  {left}  "))
        assert len(left) + 2 <= PAGE
        assert not re.search(r'[")] (?:no|the) ', left)  # one blank is too few before a comment


@pytest.mark.parametrize("columns", [40, 57, 80, 200])
@pytest.mark.parametrize("words", [("--help",), *(("help", verb) for verb in VERBS)], ids=" ".join)
def test_help_fits_the_terminal(warm_sandbox: Sandbox, words: tuple[str, ...], columns: int) -> None:
    """No word is lost, and no line is wider than the terminal or longer than 80 characters."""
    command = ["sh", "-c", f"echo ready; read go; stty cols {columns} && exec shellvault {' '.join(words)}"]
    with open_terminal(warm_sandbox, command) as terminal:  # it would soon replace a width set by us
        terminal.expect("ready\r\n")
        terminal.type("")
        assert terminal.wait_for_exit() == 0
        shown = terminal.output.replace("\r\n", "\n").removeprefix("ready\n\n")
    assert unwrap(shown) == unwrap(warm_sandbox.run(*words).stdout)
    examples = {left for left, _comment in split_examples(warm_sandbox.run(*words).stdout)}
    lines = [line for line in shown.splitlines() if line.strip() not in examples]
    fitting = [line for line in lines if len(line.split()) > 1 or len(line) < columns]
    assert max(map(len, fitting)) <= min(columns, 80)


def test_wrapped_text_is_indented_to_its_column(warm_sandbox: Sandbox) -> None:
    """Otherwise it would look like a separate entry."""
    shown = warm_sandbox.run("--help").stdout
    first = "  export [PROFILE]           print the session in a format that another program\n"
    assert first + " " * first.index("print") + "reads\n" in shown


@pytest.mark.parametrize(
    "words", [("add", "-h"), ("help", "add"), ("--help", "add"), ("add", "dev", "--help"), ("add", "--bogus", "-h")]
)
def test_command_help_can_be_requested_anywhere(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Before or after other words, valid or not."""
    assert warm_sandbox.run(*words).stdout == warm_sandbox.run("add", "--help").stdout != ""


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_has_the_help_of_its_command(warm_sandbox: Sandbox, alias: str) -> None:
    """The command's help names its aliases."""
    shown = warm_sandbox.run(alias, "--help").stdout
    assert shown == warm_sandbox.run(ALIASES[alias], "--help").stdout
    assert f"Alias: {alias}\n" in shown


def test_help_option_after_the_program_is_passed_on(warm_sandbox: Sandbox) -> None:
    """Before the program's name, it asks for the help of `exec`."""
    program = ("sh", "-c", 'echo "$1"', "sh")
    assert warm_sandbox.run("exec", "alpha", "--", *program, "--help").stdout == "--help\n"
    assert warm_sandbox.run("exec", "alpha", *program, "-h").stdout == "-h\n"
    for words in (("exec", "--help"), ("exec", "alpha", "--help"), ("exec", "-d", "1h", "-h", "alpha", "--", "ls")):
        assert warm_sandbox.run(*words).stdout.startswith("shellvault exec [PROFILE] ")


def test_help_for_an_unknown_command_is_an_error(warm_sandbox: Sandbox) -> None:
    """It suggests the most similar command."""
    done = warm_sandbox.run("help", "lsit")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: unknown command 'lsit'\nhint: did you mean list?\n"


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_for_help_is_the_overview(warm_sandbox: Sandbox, word: str) -> None:
    """It says how to get a command's."""
    assert warm_sandbox.run("help", word).stdout == warm_sandbox.run("--help").stdout


def test_use_names_no_time_limit_of_an_option_that_it_lacks(warm_sandbox: Sandbox) -> None:
    """`env` has --refresh."""
    assert "--refresh" in warm_sandbox.run("help", "env").stdout
    assert "--refresh" not in warm_sandbox.run("help", "use").stdout


@pytest.mark.parametrize("words", [("--version",), ("version",), ("-v",), ("-V",)])
def test_version_is_one_line(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Name and number."""
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"shellvault {__version__}\n", "")


EVALUATED = ("env", "use", "off", "export", "hook", "completion")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("verb", EVALUATED)
def test_help_inside_eval_runs_nothing(warm_sandbox: Sandbox, verb: str, shell: str) -> None:
    """Help is full of commands: none of them runs, the environment is unchanged, and `eval` fails."""
    load = f"shellvault {verb} --help | source" if shell == "fish" else f'eval "$(shellvault {verb} --help)"'
    mark = warm_sandbox.home / "ran"
    trap = f"function aws; touch {mark}; end" if shell == "fish" else f"aws() {{ touch {mark}; }}"
    failed = write_or(shell, load, "echo failed")
    done = warm_sandbox.shell(shell, f"{trap}; echo {BOUNDARY}; env -0; {failed}; echo {BOUNDARY}; env -0; true")
    before, after = parse_snapshots(done.stdout)
    assert "failed\n" in done.stdout
    assert before == after
    assert not mark.exists()
    assert done.stderr == f"shellvault: to read the help: shellvault help {verb}\n"


@pytest.mark.parametrize("options", ["", "-o nointeractivecomments"])
def test_help_inside_eval_runs_nothing_in_an_interactive_shell(warm_sandbox: Sandbox, options: str) -> None:
    """Not even where `#` does not start a comment."""
    with open_shell(warm_sandbox, "zsh") as terminal:
        terminal.type(f"set {options}; eval \"$(shellvault env --help)\" || echo fai''led")
        terminal.expect("failed\r\n")
        assert "not found" not in terminal.output


@pytest.mark.parametrize("verb", EVALUATED)
def test_help_can_be_paged(warm_sandbox: Sandbox, verb: str) -> None:
    """Stdout may be a pager, so it gets the whole text; only the apostrophes look different."""
    done = warm_sandbox.run(verb, "--help")
    text = warm_sandbox.run("help", verb).stdout.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    assert (done.returncode, done.stdout) == (0, f": '\n{text}';\nfalse\n")
    assert "\\" not in text  # fish reads it differently from the others


@pytest.mark.parametrize("verb", sorted({*VERBS} - {*EVALUATED}))
def test_other_help_is_printed_as_is(warm_sandbox: Sandbox, verb: str) -> None:
    """No shell evaluates it."""
    assert warm_sandbox.run(verb, "--help").stdout == warm_sandbox.run("help", verb).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("line", ["use alpha", "off"])
def test_commands_that_need_the_hook_say_how_to_load_it(warm_sandbox: Sandbox, line: str, shell: str) -> None:
    """The hint has the line for the user's shell; after typing it, the same command works."""
    with open_shell(warm_sandbox, shell, COLUMNS="200") as terminal:
        terminal.type(f"shellvault {line}; echo status {'$status' if shell == 'fish' else '$?'}")
        terminal.expect("error: `shellvault use` and `shellvault off` need the hook in this shell\r\n")
        hook = terminal.expect("hint: (.*), then the same command again; put that line into [^\r]*\r\n").group(1)
        terminal.expect("status 2\r\n")
        terminal.expect(PROMPT)
        terminal.type(hook)
        terminal.expect(PROMPT)
        terminal.type(f"shellvault {line}; echo status {'$status' if shell == 'fish' else '$?'}")
        terminal.expect("status 0\r\n")


def test_a_shell_without_hook_support_is_told_what_works(warm_sandbox: Sandbox) -> None:
    """The hint gives the `eval` lines."""
    for line, words in (("use alpha", "alpha"), ("off", "--unset")):
        done = warm_sandbox.shell("dash", f"shellvault {line}; :")
        assert "need the hook in this shell, and there is none for dash\n" in done.stderr
        assert done.stderr.endswith(f'hint: eval "$(shellvault env {words})"\n')


def test_use_inside_eval_fails(warm_sandbox: Sandbox) -> None:
    """Its output is not shell code."""
    assert warm_sandbox.shell("bash", 'eval "$(shellvault use alpha)" || echo failed').stdout == "failed\n"


def test_help_on_a_terminal_goes_to_stdout(warm_sandbox: Sandbox) -> None:
    """Even for commands whose output is meant for `eval`."""
    with open_terminal(warm_sandbox, [SHELLVAULT, "env", "--help"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.output.replace("\r\n", "\n") == warm_sandbox.run("help", "env").stdout


@pytest.mark.parametrize("columns", ["80", "60"])
@pytest.mark.parametrize("verb", VERBS)
def test_no_line_of_help_begins_in_the_middle_of_a_pipeline(warm_sandbox: Sandbox, verb: str, columns: str) -> None:
    """A command that is broken before its `| source` cannot be copied."""
    with open_terminal(warm_sandbox, ["sh", "-c", f"stty cols {columns}; {SHELLVAULT} {verb} --help"]) as terminal:
        terminal.wait_for_exit()
    assert not re.search(r"^ *\|", terminal.output, re.MULTILINE)
