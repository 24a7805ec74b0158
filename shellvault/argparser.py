"""What a command line may say: options, commands, and the parser that reads one against the other. Pure.

argparse costs more than the whole warm path may (docs/decisions/0003), so the grammar is a table of our own; help
and completion are made from the same table.
"""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Option(Record):
    """One option. `value` names what it takes (empty: a switch); `variable` is its environment variable, if any.

    `also` is aws-vault's variable for the same, which counts where ours is not set.
    `further` is a value that takes one more word, and what to call it: with ("csv", "FILE") the line `--from csv here`
    gives "csv" under `--from`, and "here" under `--from csv`.
    """

    name: str
    help: str
    short: str = ""
    value: str = ""
    variable: str = ""
    further: tuple[str, str] = ("", "")
    also: str = ""


class Command(Record):
    """One verb.

    `positionals` names what it takes, optional ones in brackets, and the last one as `[NAME …]` where there may be many
    of it; `rest` says that a command of somebody else's may follow; `failure` is what stdout holds when it fails.
    """

    name: str
    summary: str
    positionals: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    rest: bool = False
    failure: str = ""

    @property
    def usage(self) -> str:
        """The line that shows how to call it."""
        words = ["shellvault", self.name, *self.positionals, "[options]", *(["[-- CMD …]"] if self.rest else [])]
        return " ".join(words)


class Arguments(Record):
    """A command line that was read: options by their long name, positionals in order, and what followed `--`."""

    options: Mapping[str, str]
    positionals: tuple[str, ...]
    rest: tuple[str, ...]

    def get(self, name: str) -> str:
        """Return an option's value, or the empty string."""
        return self.options.get(name, "")

    def has(self, name: str) -> bool:
        """Say whether a switch is on."""
        return bool(self.options.get(name))

    @property
    def first(self) -> str:
        """The first positional, or the empty string."""
        return self.positionals[0] if self.positionals else ""


DURATION = Option(
    "--duration",
    "how long the session lasts: 12h, 1h30m, 900s",
    "-d",
    "TIME",
    "SHELLVAULT_DURATION",
    also="AWS_VAULT_DURATION",
)
NO_SESSION = Option("--no-session", "the key pair itself, or roles straight from it", "-n", "", "SHELLVAULT_NO_SESSION")
REGION = Option("--region", "the region to export, over the profile's", "", "REGION", "SHELLVAULT_REGION")
MFA_TOKEN = Option("--mfa-token", "the MFA code, instead of being asked", "-t", "CODE", "SHELLVAULT_MFA_TOKEN")
PROMPT = Option(
    "--prompt",
    "how to get an MFA code: terminal, osascript, zenity, kdialog, wincredui, ykman, pass, process",
    "",
    "DRIVER",
    "SHELLVAULT_MFA_PROMPT",
    also="AWS_VAULT_PROMPT",
)
NO_INPUT = Option("--no-input", "never ask; fail instead", "", "", "SHELLVAULT_NO_INPUT")
BACKEND = Option(
    "--backend",
    "where key pairs rest: auto, secret-service, kwallet, keychain, wincred, sealed",
    "",
    "NAME",
    "SHELLVAULT_BACKEND",
)
DEBUG = Option("--debug", "say what is done, on stderr; never a secret", "", "", "SHELLVAULT_DEBUG")
HELP = Option("--help", "this text", "-h")
FORCE = Option("--force", "do not ask for confirmation", "-f")
JSON = Option("--json", "as JSON, for programs")

EVERYWHERE = (BACKEND, NO_INPUT, DEBUG, HELP)
MINTING = (DURATION, NO_SESSION, REGION, MFA_TOKEN, PROMPT)

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


def parse(command: Command, words: Sequence[str], environ: Mapping[str, str]) -> Arguments:
    """Read a command line, with the options' environment variables under it.

    Raises:
        UsageError: it does not fit the grammar.
    """
    known = {name: option for option in command.options for name in (option.name, option.short) if name}
    given, positionals, rest = _read(command, list(words), known)
    _count(command, positionals)
    from_environment = {
        option.name: value for option in command.options if (value := _from_environment(option, environ))
    }
    return Arguments({**from_environment, **given}, tuple(positionals), tuple(rest))


def _read(
    command: Command, words: list[str], known: Mapping[str, Option]
) -> tuple[dict[str, str], list[str], list[str]]:
    given: dict[str, str] = {}
    positionals: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            return (given, positionals, words) if command.rest else (given, positionals + words, [])
        if word == "-" or not word.startswith("-"):
            if command.rest and len(positionals) == len(command.positionals):
                return given, positionals, [word, *words]
            positionals.append(word)
            continue
        name, equals, value = _split(word, known)
        option = known.get(name)
        if option is None:
            own = _from_aws_vault(command, name, known)
            if not own and equals:
                raise UsageError(f"{command.name}: {name} takes no value", _nearest(name, known, command))
            if not own:
                continue
            option = known[own]
        given[option.name] = _value(command, option, equals, value, words)
        if option.further[0] and given[option.name] == option.further[0]:
            given[f"{option.name} {option.further[0]}"] = _further(command, option, words)
    return given, positionals, []


def _from_aws_vault(command: Command, name: str, known: Mapping[str, Option]) -> str:
    """Return our name for an option of aws-vault's, or the empty string where it changes nothing.

    Raises:
        UsageError: there is no such option; the hint says what to use instead.
    """
    from shellvault.compat.awsvault.options import instead, translate  # for a word that is none of ours

    if (own := translate(command.name, name)) is not None:
        return own
    reason, hint = instead(command.name, name)
    reason = f" ({reason})" if reason else ""
    raise UsageError(f"{command.name}: there is no option {name}{reason}", hint or _nearest(name, known, command))


def _split(word: str, known: Mapping[str, Option]) -> tuple[str, str, str]:
    """Return an option's name and the value that is attached to it: `--duration=12h`, `-d12h`."""
    if word.startswith("--"):
        return word.partition("=")
    short = known.get(word[:2])
    return (word[:2], "=", word[2:]) if short and short.value and word[2:] else (word, "", "")


def _value(command: Command, option: Option, equals: str, value: str, words: list[str]) -> str:
    if not option.value:
        if equals:
            raise UsageError(f"{command.name}: {option.name} takes no value", f"write {option.name} alone")
        return "1"
    if equals:
        return value
    if not words or words[0] == "--":
        raise UsageError(f"{command.name}: {option.name} needs a value", f"write {option.name} {option.value}")
    return words.pop(0)


def _further(command: Command, option: Option, words: list[str]) -> str:
    value, what = option.further
    if not words or words[0].startswith("-"):
        raise UsageError(f"{command.name}: {option.name} {value} needs a {what}", f"write {option.name} {value} {what}")
    return words.pop(0)


def _count(command: Command, positionals: Sequence[str]) -> None:
    needed = [name for name in command.positionals if not name.startswith("[")]
    if len(positionals) < len(needed):
        raise UsageError(f"{command.name}: {needed[len(positionals)]} is missing", command.usage)
    if len(positionals) > len(command.positionals) and not _takes_many(command):
        extra = positionals[len(command.positionals)]
        raise UsageError(f"{command.name}: '{extra}' is one word too many", command.usage)


def _takes_many(command: Command) -> bool:
    return command.positionals[-1:] != () and command.positionals[-1].endswith("…]")


def _from_environment(option: Option, environ: Mapping[str, str]) -> str:
    variable = next((name for name in (option.variable, option.also) if name and environ.get(name)), "")
    value = environ.get(variable, "")
    if option.value or not value:
        return value
    if value.lower() in _TRUE:
        return "1"
    if value.lower() in _FALSE:
        return ""
    raise UsageError(f"{variable} is '{value}'", f"set {variable} to 1 or 0, or unset it")


def _nearest(name: str, known: Mapping[str, Option], command: Command) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"shellvault {command.name} --help"
