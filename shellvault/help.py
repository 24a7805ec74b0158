"""The texts of --help, made from the commands' own tables."""

from __future__ import annotations

from importlib import import_module

from shellvault.argparser import COMMON, parse
from shellvault.commands import ALIASES, VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.argparser import Command, Option

_START = """\
shellvault - AWS credentials in your current shell, with no access key in plaintext

Start
  shellvault demo                    see it work, with no AWS account
  shellvault add dev                 store an access key under the name dev
  eval "$(shellvault env dev)"       put temporary credentials into this shell
                                     (fish: shellvault env dev | source)
  eval "$(shellvault env --unset)"   take them out again
  shellvault exec dev -- aws s3 ls   or run one command with them

Commands
"""

_END = """
More
  shellvault COMMAND --help          a command's options
  eval "$(shellvault env -)"         back to the previous profile
  Profiles, roles and MFA devices are read from ~/.aws/config, as the AWS CLI reads them.
  Key pairs are stored in the system keyring, or in a file sealed with a passphrase where there is none.

Exit status
  0 done   1 internal error   2 usage   3 no such profile   4 no key pair   5 vault locked or unreachable
  6 input required, or wrong code or passphrase   7 AWS refused   8 AWS unreachable   130 interrupted
"""


def describe_program() -> str:
    """Return the text of `shellvault --help`."""
    commands: list[Command] = [import_module(f"shellvault.commands.{verb}").COMMAND for verb in VERBS]
    rows = [(" ".join((command.name, *command.positionals)), command.summary) for command in commands]
    return _START + _table(rows) + _END


def describe_command(command: Command) -> str:
    """Return the text of `shellvault COMMAND --help`."""
    also = [alias for alias, verb in ALIASES.items() if verb == command.name]
    parts = [f"{command.usage}\n", f"{command.summary[0].upper()}{command.summary[1:]}.\n"]
    if also:
        parts.append(f"Alias: {', '.join(also)}\n")
    if command.details:
        parts.append(command.details)
    own = [option for option in command.options if option not in COMMON]
    common = [option for option in command.options if option in COMMON]
    parts += [
        f"{title}\n{_table(_rows(options))}" for title, options in (("Options", own), ("Common", common)) if options
    ]
    return "\n".join(parts)


def wants_help(command: Command, words: Sequence[str]) -> bool:
    """Return whether --help is meant for us, and not for the program that a command runs."""
    return not command.rest or parse(command, words, {}).has("--help")


def _rows(options: Sequence[Option]) -> list[tuple[str, str]]:
    return [(_spell_option(option), _describe_option(option)) for option in options]


def _spell_option(option: Option) -> str:
    short = f"{option.short}, " if option.short else "    "
    return f"{short}{option.name} {option.value}".rstrip()


def _describe_option(option: Option) -> str:
    return f"{option.help} [{option.variable}]" if option.variable else option.help


def _table(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(left) for left, _ in rows) + 2
    return "".join(f"  {left:{width}}{right}\n" for left, right in rows)
