"""How a command line is parsed: options in every spelling, their environment variables, and errors."""

from __future__ import annotations

import pytest

from shellvault.argparser import Arguments, Command, Option, parse
from shellvault.core.errors import UsageError

REGION = Option("--region", "where", "-r", "REGION", "SHELLVAULT_REGION")
QUIET = Option("--quiet", "hush", "-q", "", "SHELLVAULT_QUIET")
FORCE = Option("--force", "really", "-f")
PLAIN = Command("plain", "take a profile", ("PROFILE",), (REGION, QUIET, FORCE))
OPTIONAL = Command("optional", "take an optional profile", ("[PROFILE]",), (REGION, QUIET))
RUNNING = Command("running", "run a program", ("[PROFILE]",), (REGION, QUIET), rest=True)
MANY = Command(
    "many", "take names", ("[NAME …]",), (Option("--from", "where", "", "SOURCE", further=("csv", "FILE")), FORCE)
)


def parse_line(command: Command, line: str, **environ: str) -> Arguments:
    """Parse a command line, split at its spaces."""
    return parse(command, line.split(), environ)


@pytest.mark.parametrize(
    "line", ["dev --region here -q", "-q --region=here dev", "--quiet dev -r here", "-r here -q -- dev"]
)
def test_options_may_be_anywhere_and_in_either_spelling(line: str) -> None:
    """Before or after the profile, long or short, with a space or an equals sign before the value."""
    arguments = parse_line(PLAIN, line)
    assert (arguments.first, arguments.get("--region"), arguments.has("--quiet")) == ("dev", "here", True)
    assert (arguments.get("--force"), arguments.has("--force")) == ("", False)


@pytest.mark.parametrize(
    ("line", "value"),
    [("dev --region a=b", "a=b"), ("dev --region=a=b", "a=b"), ("dev --region=", ""), ("dev --region -", "-"),
     ("dev --region -q", "-q"), ("dev -r a -r b", "b"), ("dev -rhere", "here"), ("-r-q dev", "-q")],
)  # fmt: skip
def test_values_may_contain_anything(line: str, value: str) -> None:
    """Equals signs, dashes or nothing at all; the last value wins."""
    assert parse_line(PLAIN, line).get("--region") == value


def test_single_dash_is_a_positional() -> None:
    """`env -` means the previous profile."""
    assert parse_line(PLAIN, "-").first == "-"


def test_words_after_two_dashes_are_not_options() -> None:
    """They are the program to run, or positionals for a command that runs none."""
    assert parse_line(PLAIN, "-- --force").first == "--force"
    assert parse_line(PLAIN, "dev --").positionals == ("dev",)
    assert parse_line(RUNNING, "dev -q -- ls -r --quiet").rest == ("ls", "-r", "--quiet")
    assert parse_line(RUNNING, "-- ls dev").positionals == ()


def test_first_extra_word_starts_the_program() -> None:
    """`exec dev ls -r` needs no dashes; the options after `ls` belong to it."""
    arguments = parse_line(RUNNING, "-q dev ls -r --quiet --")
    assert (arguments.first, arguments.rest) == ("dev", ("ls", "-r", "--quiet", "--"))


@pytest.mark.parametrize(
    ("command", "line", "message", "hint"),
    [
        (PLAIN, "", "plain: PROFILE is missing", "shellvault plain PROFILE [options]"),
        (PLAIN, "a b", "plain: unexpected argument 'b'", "shellvault plain PROFILE [options]"),
        (OPTIONAL, "a b", "optional: unexpected argument 'b'", "shellvault optional [PROFILE] [options]"),
        (PLAIN, "dev --regoin x", "plain: unknown option --regoin", "did you mean --region?"),
        (PLAIN, "dev --wholly-other=1", "plain: unknown option --wholly-other", "shellvault plain --help"),
        (PLAIN, "dev -x", "plain: unknown option -x", "shellvault plain --help"),
        (PLAIN, "dev --region", "plain: --region needs a value", "use --region REGION"),
        (PLAIN, "dev -r", "plain: --region needs a value", "use --region REGION"),
        (RUNNING, "dev --region -- ls", "running: --region needs a value", "use --region REGION"),
        (PLAIN, "dev --quiet=1", "plain: --quiet takes no value", "use --quiet alone"),
    ],
)
def test_errors_name_the_word_and_hint_at_the_fix(command: Command, line: str, message: str, hint: str) -> None:
    """The hint is the nearest option, or how to call the command."""
    with pytest.raises(UsageError) as raised:
        parse_line(command, line)
    assert (raised.value.message, raised.value.hint, raised.value.status) == (message, hint, 2)


def test_option_wins_over_its_environment_variable() -> None:
    """Even if its value is empty, so that the profile's own value can be restored."""
    assert parse_line(PLAIN, "dev --region flag", SHELLVAULT_REGION="variable").get("--region") == "flag"
    assert parse_line(PLAIN, "dev", SHELLVAULT_REGION="variable").get("--region") == "variable"
    assert parse_line(PLAIN, "dev --region=", SHELLVAULT_REGION="variable").get("--region") == ""
    assert parse_line(PLAIN, "dev", SHELLVAULT_REGION="").get("--region") == ""


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on"])
def test_variable_turns_a_switch_on(value: str) -> None:
    """Every common spelling of yes is accepted."""
    assert parse_line(PLAIN, "dev", SHELLVAULT_QUIET=value).has("--quiet")


@pytest.mark.parametrize("value", ["", "0", "false", "No", "off"])
def test_variable_leaves_a_switch_off(value: str) -> None:
    """Every common spelling of no is accepted, and the option wins over it."""
    assert not parse_line(PLAIN, "dev", SHELLVAULT_QUIET=value).has("--quiet")
    assert parse_line(PLAIN, "dev -q", SHELLVAULT_QUIET=value).has("--quiet")


def test_variable_of_a_switch_with_another_value_is_refused() -> None:
    """A typo must not silently mean no."""
    with pytest.raises(UsageError, match="SHELLVAULT_QUIET is 'maybe'") as raised:
        parse_line(PLAIN, "dev", SHELLVAULT_QUIET="maybe")
    assert raised.value.hint == "set SHELLVAULT_QUIET to 1 or 0, or unset it"


def test_variables_of_other_commands_are_ignored() -> None:
    """An invalid value for `env` does not make `list` fail."""
    assert parse_line(OPTIONAL, "", SHELLVAULT_FORCE="maybe", SHELLVAULT_OTHER="x").options == {}


@pytest.mark.parametrize("line", ["", "a", "a b c", "a -f b c"])
def test_last_positional_may_repeat(line: str) -> None:
    """Zero or more words, with options between them."""
    assert parse_line(MANY, line).positionals == tuple(line.replace("-f", "").split())


@pytest.mark.parametrize(
    "line", ["--from csv here a b", "a --from csv here b", "--from=csv here a b", "a b --from csv here"]
)
def test_value_may_take_one_more_word(line: str) -> None:
    """Other values of the same option take none."""
    arguments = parse_line(MANY, line)
    assert (arguments.get("--from"), arguments.get("--from csv"), arguments.positionals) == ("csv", "here", ("a", "b"))
    other = parse_line(MANY, "--from pass here")
    assert (other.get("--from csv"), other.positionals) == ("", ("here",))


@pytest.mark.parametrize("line", ["--from csv", "a --from=csv", "--from csv -f", "--from csv -- here"])
def test_missing_further_word_is_named(line: str) -> None:
    """The hint shows the option with both words."""
    with pytest.raises(UsageError) as raised:
        parse_line(MANY, line)
    assert (raised.value.message, raised.value.hint) == ("many: --from csv needs a FILE", "use --from csv FILE")


@pytest.mark.parametrize(
    ("environ", "value"),
    [
        ({"OTHER_REGION": "other"}, "other"),
        ({"SHELLVAULT_REGION": "own", "OTHER_REGION": "other"}, "own"),
        ({"SHELLVAULT_REGION": "", "OTHER_REGION": "other"}, "other"),
        ({"OTHER_REGION": ""}, ""),
    ],
)
def test_second_variable_counts_only_if_the_first_is_unset(environ: dict[str, str], value: str) -> None:
    """aws-vault's name for an option comes after shellvault's; an empty value counts as unset."""
    command = Command("both", "take a region", (), (REGION.replace(also="OTHER_REGION"),))
    assert parse_line(command, "", **environ).get("--region") == value


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (PLAIN, "shellvault plain PROFILE [options]"),
        (OPTIONAL, "shellvault optional [PROFILE] [options]"),
        (RUNNING, "shellvault running [PROFILE] [options] [-- CMD …]"),
        (MANY, "shellvault many [NAME …] [options]"),
    ],
)
def test_usage_shows_how_to_call_a_command(command: Command, usage: str) -> None:
    """Positionals come first, then the options, then the program."""
    assert command.usage == usage


def test_first_positional_is_empty_without_positionals() -> None:
    """Callers need not check whether there is one."""
    assert parse_line(OPTIONAL, "").first == ""
