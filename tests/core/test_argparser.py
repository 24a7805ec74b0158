"""How a command line is read: options in every spelling, their environment variables, and mistakes."""

from __future__ import annotations

import pytest

from shellvault.argparser import Arguments, Command, Option, parse
from shellvault.core.errors import UsageError

REGION = Option("--region", "where", "-r", "REGION", "SHELLVAULT_REGION")
QUIET = Option("--quiet", "hush", "-q", "", "SHELLVAULT_QUIET")
FORCE = Option("--force", "really", "-f")
PLAIN = Command("plain", "take a profile", ("PROFILE",), (REGION, QUIET, FORCE))
OPTIONAL = Command("optional", "take a profile or none", ("[PROFILE]",), (REGION, QUIET))
RUNNING = Command("running", "run a program", ("[PROFILE]",), (REGION, QUIET), rest=True)
MANY = Command(
    "many", "take names", ("[NAME …]",), (Option("--from", "where", "", "SOURCE", further=("csv", "FILE")), FORCE)
)


def read(command: Command, line: str, **environ: str) -> Arguments:
    """Read a command line whose words stand apart."""
    return parse(command, line.split(), environ)


@pytest.mark.parametrize(
    "line", ["dev --region here -q", "-q --region=here dev", "--quiet dev -r here", "-r here -q -- dev"]
)
def test_options_stand_anywhere_and_in_either_spelling(line: str) -> None:
    """Before and after the profile, long and short, the value behind a space or a sign."""
    arguments = read(PLAIN, line)
    assert (arguments.first, arguments.get("--region"), arguments.has("--quiet")) == ("dev", "here", True)
    assert (arguments.get("--force"), arguments.has("--force")) == ("", False)


@pytest.mark.parametrize(
    ("line", "value"),
    [("dev --region a=b", "a=b"), ("dev --region=a=b", "a=b"), ("dev --region=", ""), ("dev --region -", "-"),
     ("dev --region -q", "-q"), ("dev -r a -r b", "b"), ("dev -rhere", "here"), ("-r-q dev", "-q")],
)  # fmt: skip
def test_a_value_may_look_like_anything(line: str, value: str) -> None:
    """Signs, dashes and nothing at all; the last one given counts."""
    assert read(PLAIN, line).get("--region") == value


def test_a_dash_alone_is_a_word() -> None:
    """`env -` is the profile before."""
    assert read(PLAIN, "-").first == "-"


def test_what_follows_two_dashes_is_no_option() -> None:
    """For a command that runs nothing it is a profile; for one that does, it is the program."""
    assert read(PLAIN, "-- --force").first == "--force"
    assert read(PLAIN, "dev --").positionals == ("dev",)
    assert read(RUNNING, "dev -q -- ls -r --quiet").rest == ("ls", "-r", "--quiet")
    assert read(RUNNING, "-- ls dev").positionals == ()


def test_the_first_word_too_many_begins_the_program() -> None:
    """`exec dev ls -r` works without the dashes; the options from there on are the program's."""
    arguments = read(RUNNING, "-q dev ls -r --quiet --")
    assert (arguments.first, arguments.rest) == ("dev", ("ls", "-r", "--quiet", "--"))


@pytest.mark.parametrize(
    ("command", "line", "message", "hint"),
    [
        (PLAIN, "", "plain: PROFILE is missing", "shellvault plain PROFILE [options]"),
        (PLAIN, "a b", "plain: 'b' is one word too many", "shellvault plain PROFILE [options]"),
        (OPTIONAL, "a b", "optional: 'b' is one word too many", "shellvault optional [PROFILE] [options]"),
        (PLAIN, "dev --regoin x", "plain: there is no option --regoin", "did you mean --region?"),
        (PLAIN, "dev --wholly-other=1", "plain: there is no option --wholly-other", "shellvault plain --help"),
        (PLAIN, "dev -x", "plain: there is no option -x", "shellvault plain --help"),
        (PLAIN, "dev --region", "plain: --region needs a value", "write --region REGION"),
        (PLAIN, "dev -r", "plain: --region needs a value", "write --region REGION"),
        (RUNNING, "dev --region -- ls", "running: --region needs a value", "write --region REGION"),
        (PLAIN, "dev --quiet=1", "plain: --quiet takes no value", "write --quiet alone"),
    ],
)
def test_a_mistake_is_named_with_what_to_type(command: Command, line: str, message: str, hint: str) -> None:
    """The command, the word, and the nearest option or the way to call it."""
    with pytest.raises(UsageError) as raised:
        read(command, line)
    assert (raised.value.message, raised.value.hint, raised.value.status) == (message, hint, 2)


def test_an_option_wins_over_its_environment_variable() -> None:
    """Even by saying nothing, which brings the profile's own value back."""
    assert read(PLAIN, "dev --region flag", SHELLVAULT_REGION="variable").get("--region") == "flag"
    assert read(PLAIN, "dev", SHELLVAULT_REGION="variable").get("--region") == "variable"
    assert read(PLAIN, "dev --region=", SHELLVAULT_REGION="variable").get("--region") == ""
    assert read(PLAIN, "dev", SHELLVAULT_REGION="").get("--region") == ""


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on"])
def test_a_switch_is_on_by_its_variable(value: str) -> None:
    """In the ways people write yes."""
    assert read(PLAIN, "dev", SHELLVAULT_QUIET=value).has("--quiet")


@pytest.mark.parametrize("value", ["", "0", "false", "No", "off"])
def test_a_switch_is_off_by_its_variable(value: str) -> None:
    """In the ways people write no; and the option wins again."""
    assert not read(PLAIN, "dev", SHELLVAULT_QUIET=value).has("--quiet")
    assert read(PLAIN, "dev -q", SHELLVAULT_QUIET=value).has("--quiet")


def test_a_switch_is_not_guessed_from_other_words() -> None:
    """A typing error in a variable must not silently mean no."""
    with pytest.raises(UsageError, match="SHELLVAULT_QUIET is 'maybe'") as raised:
        read(PLAIN, "dev", SHELLVAULT_QUIET="maybe")
    assert raised.value.hint == "set SHELLVAULT_QUIET to 1 or 0, or unset it"


def test_variables_of_options_that_a_command_lacks_do_nothing() -> None:
    """`list` does not stumble over a variable meant for `env`."""
    assert read(OPTIONAL, "", SHELLVAULT_FORCE="maybe", SHELLVAULT_OTHER="x").options == {}


@pytest.mark.parametrize("line", ["", "a", "a b c", "a -f b c"])
def test_the_last_positional_may_be_many(line: str) -> None:
    """None, one, or any number, with options between them."""
    assert read(MANY, line).positionals == tuple(line.replace("-f", "").split())


@pytest.mark.parametrize(
    "line", ["--from csv here a b", "a --from csv here b", "--from=csv here a b", "a b --from csv here"]
)
def test_a_value_may_take_one_more_word(line: str) -> None:
    """Wherever it stands; other values of the same option take none."""
    arguments = read(MANY, line)
    assert (arguments.get("--from"), arguments.get("--from csv"), arguments.positionals) == ("csv", "here", ("a", "b"))
    other = read(MANY, "--from pass here")
    assert (other.get("--from csv"), other.positionals) == ("", ("here",))


@pytest.mark.parametrize("line", ["--from csv", "a --from=csv", "--from csv -f", "--from csv -- here"])
def test_a_further_word_that_is_missing_is_told(line: str) -> None:
    """By what it should be."""
    with pytest.raises(UsageError) as raised:
        read(MANY, line)
    assert (raised.value.message, raised.value.hint) == ("many: --from csv needs a FILE", "write --from csv FILE")
