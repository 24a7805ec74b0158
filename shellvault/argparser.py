"""What a command line may contain: options, commands, and the parser that reads one against the other. Pure.

The grammar is a table, from which help is made, too. argparse would cost too much: docs/decisions/0003.
"""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPEATED = "repeated"  # the kind of a value that may be given several times; they are then joined by line ends


class Option(Record):
    """One option.

    Attributes:
        value: what it takes; empty for a switch.
        variable: its environment variable, if it has one.
        also: aws-vault's variable for the same option, used if ours is not set.
        kind: what its value must be; see `shellvault.core.option_values`. Empty if only the command can tell.
        further: a value that takes one more word, and what to call that word. With ("csv", "FILE") the line
            `--from csv keys.csv` gives "csv" under `--from`, and "keys.csv" under `--from csv`.
        offers: what completion offers, unless `value` says it: a key of `completion.offers.KINDS`, or words with `|`.
    """

    name: str
    help: str
    short: str = ""
    value: str = ""
    variable: str = ""
    further: tuple[str, str] = ("", "")
    also: str = ""
    kind: str = ""
    offers: str = ""


class Command(Record):
    """One verb.

    Attributes:
        positionals: what it takes; optional ones in brackets, and the last one as `[NAME …]` if it may repeat.
        rest: whether a command to run may follow.
        failure: what stdout holds when the command fails.
        evaluated: whether shells evaluate what it prints.
        needs_app: whether it looks at anything but its arguments.
        offers_profiles: whether the user may choose from a list if a profile's name is missing or unknown.
        offers: what completion offers for the positionals, if they do not say it; see `Option.offers`.
    """

    name: str
    summary: str
    positionals: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    rest: bool = False
    failure: str = ""
    evaluated: bool = False
    needs_app: bool = True
    offers_profiles: bool = False
    offers: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The line that shows how to call it."""
        return " ".join(["shellvault", self.name, *self.positionals, "[options]", *["[-- CMD …]"][: self.rest]])


class Arguments(Record):
    """A parsed command line; `variables` maps each option that an environment variable gave to that variable."""

    options: Mapping[str, str]
    positionals: tuple[str, ...]
    rest: tuple[str, ...]
    variables: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return an option's value, or the empty string."""
        return self.options.get(name, "")

    def has(self, name: str) -> bool:
        """Return whether a switch is on."""
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
    kind="duration",
)
NO_SESSION = Option(
    "--no-session", "use the key pair itself, without a session token", "-n", "", "SHELLVAULT_NO_SESSION"
)
REGION = Option(
    "--region", "export this region instead of the profile's", "", "REGION", "SHELLVAULT_REGION", kind="region"
)
MFA_TOKEN = Option(
    "--mfa-token", "use this MFA code instead of asking", "-t", "CODE", "SHELLVAULT_MFA_TOKEN", kind="code"
)
PROMPT = Option(
    "--prompt",
    "how to get an MFA code: terminal, osascript, zenity, kdialog, wincredui, ykman, pass, process",
    "",
    "DRIVER",
    "SHELLVAULT_MFA_PROMPT",
    also="AWS_VAULT_PROMPT",
    kind="driver",
)
SESSION_NAME = Option(
    "--session-name", "the session's name in AWS's logs (USER@HOST)", "", "NAME", "SHELLVAULT_SESSION_NAME", kind="name"
)
FRESH = Option("--fresh", "obtain a session anew, and replace what is cached", "", "", "SHELLVAULT_FRESH")
NO_INPUT = Option("--no-input", "never ask; fail instead", "", "", "SHELLVAULT_NO_INPUT")
BACKEND = Option(
    "--backend",
    "where key pairs are stored: auto, secret-service, kwallet, keychain, wincred, sealed",
    "",
    "NAME",
    "SHELLVAULT_BACKEND",
    offers="BACKEND",
)
DEBUG = Option("--debug", "log progress to stderr, never a secret", "", "", "SHELLVAULT_DEBUG")
HELP = Option("--help", "show this text", "-h")
PROCESS = Option("--process", "export no secret: programs ask shellvault for each profile (credential_process)")
SERVER = Option(
    "--server", "export no secret: programs ask an endpoint on this machine, so they can run longer than one session"
)
LAZY = Option("--lazy", "with --server: get the first session only when a program asks")
FORCE = Option("--force", "do not ask for confirmation", "-f")
JSON = Option("--json", "print JSON")
ROLE_ARN = Option("--role-arn", "use this role over PROFILE's session", "", "ARN", "SHELLVAULT_ROLE_ARN", kind="given")
SSO = Option("--sso", "use a role of this sso-session, not PROFILE", "", "SESSION", "SHELLVAULT_SSO", kind="given")
ACCOUNT = Option("--account", "with --sso: the role's account", "", "ID", "SHELLVAULT_ACCOUNT", kind="given")
ROLE = Option("--role", "with --sso: the role's name", "", "NAME", "SHELLVAULT_ROLE", kind="given")
READ_ONLY = Option(
    "--read-only", "limit the session to read-only calls (AWS's ReadOnlyAccess policy)", "", "", "SHELLVAULT_READ_ONLY"
)
POLICY_ARN = Option("--policy-arn", "limit it by a managed policy", "", "ARN", "SHELLVAULT_POLICY_ARN", kind=REPEATED)
POLICY = Option("--policy", "limit it by the policy in this file", "", "FILE", "SHELLVAULT_POLICY", kind="given")
COMMON = (BACKEND, NO_INPUT, DEBUG, HELP)
SESSION = (DURATION, NO_SESSION, REGION, MFA_TOKEN, PROMPT, SESSION_NAME, FRESH)
ANY_ROLE = (ROLE_ARN, SSO, ACCOUNT, ROLE)
ANY_SCOPE = (READ_ONLY, POLICY_ARN, POLICY)
CHOOSING = {option.name: option.variable for option in (*ANY_ROLE, *ANY_SCOPE, SESSION_NAME)}  # not just the profile


def parse(command: Command, words: Sequence[str], environ: Mapping[str, str]) -> Arguments:
    """Parse a command line; the options' environment variables come second.

    Raises:
        UsageError: it does not fit the grammar.
    """
    options: dict[str, str] = {}
    variables: dict[str, str] = {}
    for option in command.options:
        variable = option.variable if environ.get(option.variable) else option.also
        if variable and (text := environ.get(variable)):  # there may be a variable without a name
            if not option.value:
                from shellvault.core.option_values import parse_switch  # few variables are set

                text = parse_switch(variable, text)
            options[option.name], variables[option.name] = text, variable
    given, positionals, rest = _parse_words(command, list(words))
    required = [name for name in command.positionals if name[0] != "["]
    takes_many = command.positionals[-1:] and command.positionals[-1].endswith("…]")
    if len(positionals) < len(required):
        raise UsageError(f"{command.name}: {required[len(positionals)]} is missing", command.usage)
    if len(positionals) > len(command.positionals) and not takes_many:
        extra = positionals[len(command.positionals)]
        raise UsageError(f"{command.name}: unexpected argument '{extra}'", command.usage)
    options.update(given)
    variables = {name: variable for name, variable in variables.items() if name not in given}
    for option in command.options:
        if option.kind and option.name in options:
            from shellvault.core.option_values import check_value

            check_value(option.kind, options[option.name], variables.get(option.name, option.name))
    return Arguments(options, tuple(positionals), tuple(rest), variables)


def _parse_words(command: Command, words: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    known = {name: option for option in command.options for name in (option.name, option.short) if name}
    given: dict[str, str] = {}
    positionals: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            if command.rest and not positionals and "…" in command.positionals[-1] and word in words:
                return given, words[: words.index(word)], words[words.index(word) + 1 :]
            return (given, positionals, words) if command.rest else (given, positionals + words, [])
        if word == "-" or not word.startswith("-"):
            if command.rest and len(positionals) == len(command.positionals) and "…" not in command.positionals[-1]:
                return given, positionals, [word, *words]
            positionals.append(word)
            continue
        name, equals, value = word.partition("=") if word[:2] == "--" else _split_short(word, known)
        if (option := known.get(name)) is None:
            from shellvault.core.shell_memory import is_back  # only for a word that is not ours
            from shellvault.unknown_option import translate_option

            if is_back(word):
                positionals.append(word)
                continue
            if not (own := translate_option(command.name, name, equals, known)):
                continue
            option = known[own]
        found = _option_value(command, option, equals, value, words)
        is_more = option.kind == REPEATED and option.name in given
        given[option.name] = f"{given[option.name]}\n{found}" if is_more else found
        if option.further[0] and given[option.name] == option.further[0]:
            given[f"{option.name} {option.further[0]}"] = _further_value(command, option, words)
    return given, positionals, []


def _split_short(word: str, known: Mapping[str, Option]) -> tuple[str, str, str]:
    """Return a short option's name and the value that is attached to it, as in `-d12h`."""
    short = known.get(word[:2])
    return (word[:2], "=", word[2:]) if short and short.value and word[2:] else (word, "", "")


def _option_value(command: Command, option: Option, equals: str, value: str, words: list[str]) -> str:
    if not option.value:
        if equals:
            raise UsageError(f"{command.name}: {option.name} takes no value", f"use {option.name} alone")
        return "1"
    if equals:
        return value
    if not words or words[0] == "--":
        raise UsageError(f"{command.name}: {option.name} needs a value", f"use {option.name} {option.value}")
    return words.pop(0)


def _further_value(command: Command, option: Option, words: list[str]) -> str:
    value, what = option.further
    if not words or words[0].startswith("-"):
        raise UsageError(f"{command.name}: {option.name} {value} needs a {what}", f"use {option.name} {value} {what}")
    return words.pop(0)
