"""The texts of --help, made from the commands' own tables."""

from __future__ import annotations

import re
import textwrap
from importlib import import_module

from shellvault.argparser import COMMON, parse
from shellvault.commands import ALIASES, VERBS
from shellvault.failed_eval import spell_failure
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shellvault.argparser import Command, Option
    from shellvault.request import Terminal

_WIDEST, _NARROWEST = 80, 40  # columns
_SMALL_INDENT = 6
_TEXT = re.compile(r" {6,}| +\d| .*\.$")  # what is indented and no command
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"

_START = """\
shellvault - AWS credentials in your shell, with no access key in plaintext

Start
  shellvault add dev                 store an access key under the name dev
  eval "$(shellvault env dev)"       put temporary credentials into this shell
  shellvault env dev | source        the same in fish
  eval "$(shellvault env --unset)"   take them out again
  shellvault exec dev -- aws s3 ls   or run one command with them

Commands
"""

_END = """
More
  shellvault COMMAND --help          a command's options
  eval "$(shellvault env -)"         back to the previous profile
  Profiles, roles and MFA devices are read from ~/.aws/config, as the AWS CLI does.
  Key pairs are in the system keyring, or else in a file under a passphrase.

Exit status
  0 done
  1 internal error
  2 usage, not trusted, or you said no
  3 no such profile
  4 no key pair
  5 vault locked or unreachable
  6 input required, or wrong code or passphrase
  7 AWS refused
  8 AWS unreachable
  130 interrupted
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


def answer_help(command: Command, terminal: Terminal) -> Answer:
    """Return a command's help for --help.

    If a shell may evaluate the text, which is full of examples, it becomes one word that does nothing and `eval` fails.
    """
    text = wrap(describe_command(command), terminal.columns)
    if not command.evaluated or terminal.stdout_is_tty:
        return Answer(stdout=text)
    quoted = text.replace("'", _APOSTROPHE)
    failure = spell_failure((), {}, terminal.caller_pid)
    hint = f"shellvault: to read the help: shellvault help {command.name}\n"
    return Answer(stdout=f": '\n{quoted}';\n{failure}", stderr=hint)


def wrap(text: str, columns: int) -> str:
    """Wrap a text for a terminal of this width, at 80 columns at most; 0 means an unknown width.

    Consecutive lines that begin at the margin are one paragraph. Any other line stays where it is; the part that does
    not fit goes below its last column, so nobody takes it for a separate line. A command is never broken.
    """
    width = min(max(columns or _WIDEST, _NARROWEST), _WIDEST)
    return "".join(f"{line}\n" for block in _blocks(text) for line in _wrap_block(block, width))


def _blocks(text: str) -> Iterator[str]:
    """Return each paragraph as one line, and every other line as it is."""
    paragraph: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            paragraph.append(line)
            continue
        if paragraph:
            yield " ".join(paragraph)
        paragraph = []
        yield line
    if paragraph:
        yield " ".join(paragraph)


def _wrap_block(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    margin = len(line) - len(line.lstrip())
    columns = [found.end() for found in re.finditer(r"(?<=\S) {2,}(?=\S)", line)]
    start = columns[-1] if columns else margin  # of the last column
    if columns and width - start < _NARROWEST // 2:  # too little room beside the other columns
        return [line[:start].rstrip(), *_fold(" " * _SMALL_INDENT + line[start:], width, _SMALL_INDENT)]
    is_indented_text = margin and not columns
    if is_indented_text and not _TEXT.match(line):  # half of a command must not be pasted
        return [line]
    return _fold(line, width, start + 2 if is_indented_text else start)


def _fold(line: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )


def wants_help(command: Command, words: Sequence[str]) -> bool:
    """Return whether --help is meant for us, and not for the program that a command runs."""
    if not command.rest:
        return True
    optional = tuple(f"[{name.strip('[]')}]" for name in command.positionals)  # whoever asks for help may give none
    return parse(command.replace(positionals=optional), words, {}).has("--help")


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
