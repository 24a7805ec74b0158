"""What can come next on a command line. Pure."""

from __future__ import annotations

from shellvault.argparser import REPEATED
from shellvault.core.record import Record
from shellvault.core.shell_memory import is_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.argparser import Command, Option


class Position(Record):
    """What may come at the cursor.

    Attributes:
        offers: what may come there, as in `Option.offers`; empty for nothing of that kind.
        options: the options that may come there.
        prefix: what the word begins with before that, as in `--policy=`.
        others: the words that were given for the same positional.
        takes_dashes: whether a word that begins with a dash would not be taken for an option.
        program: how many words come before the program that the command runs; None if the cursor is not there.
        backend: the vault that an option names, or the empty string.
    """

    offers: str = ""
    options: tuple[Option, ...] = ()
    prefix: str = ""
    others: tuple[str, ...] = ()
    takes_dashes: bool = False
    program: int | None = None
    backend: str = ""


def find_position(command: Command, words: Sequence[str], current: str) -> Position:
    """Return what the word at the cursor may be, after these words of a command; `current` is how it begins."""
    line = _Line(command)
    for word in words:
        line.take(word)
    return line.find_next(current).replace(backend=line.given.get("--backend", ""))


class _Line:
    """A command line of which some words were read; unlike `argparser`, it takes one that is wrong or unfinished."""

    def __init__(self, command: Command) -> None:
        self.given: dict[str, str] = {}
        self._command = command
        self._known = {name: option for option in command.options for name in (option.name, option.short) if name}
        self._option = ""  # the option whose value comes next,
        self._value = ""  # and the kind of that value
        self._positionals: list[str] = []
        self._is_open = True  # no `--` so far: options are recognised
        self._count = 0
        self._program: int | None = None

    def take(self, word: str) -> None:
        """Read the next word."""
        self._count += 1
        if self._program is not None:
            return
        if self._value:
            self._take_value(word)
        elif word == "--" and self._is_open:
            self._is_open = False
            self._program = self._count if self._command.rest else None
        elif self._is_open and word[:1] == "-" and not is_back(word):
            self._take_option(word)
        elif self._has_all():
            self._program = self._count - 1
        else:
            self._positionals.append(word)

    def find_next(self, current: str) -> Position:
        """Return what may come after the words that were read."""
        if self._program is not None:
            return Position(program=self._program)
        if self._value:
            return Position(self._value, takes_dashes=True)
        if self._is_open and current[:1] == "-":
            return self._find_option(current)
        if self._has_all():
            return Position(program=self._count)
        offers = self._find_positional()
        options = () if offers or current or not self._is_open else self._list_options()
        return Position(offers, options, others=tuple(self._positionals), takes_dashes=not self._is_open)

    def _take_option(self, word: str) -> None:
        name, equals, value = word.partition("=") if word[:2] == "--" else (word[:2], word[2:], word[2:])
        if (option := self._known.get(name)) is None:
            return
        self.given[option.name] = ""
        if option.value:
            self._option, self._value = option.name, option.offers or option.value
            if equals:
                self._take_value(value)

    def _take_value(self, word: str) -> None:
        """Take the value of the last option, or the word after it that some values need."""
        option = self._known[self._option]
        self.given[self._option] = self.given[self._option] or word
        is_first = self._value != option.further[1]
        self._value = option.further[1] if is_first and word == option.further[0] else ""

    def _has_all(self) -> bool:
        """Return whether the next word is a program's."""
        names = self._command.positionals
        return self._command.rest and len(self._positionals) == len(names) and not names[-1].endswith("…]")

    def _find_option(self, current: str) -> Position:
        name, equals, _value = current.partition("=")
        option = self._known.get(name)
        if equals and option and option.value:
            return Position(option.offers or option.value, prefix=name + equals, takes_dashes=True)
        return Position(options=self._list_options())

    def _list_options(self) -> tuple[Option, ...]:
        return tuple([each for each in self._command.options if each.kind == REPEATED or each.name not in self.given])

    def _find_positional(self) -> str:
        """Return what may be offered for the next positional."""
        names = self._command.offers or self._command.positionals
        place = len(self._positionals)
        if place >= len(names) and self._command.positionals[-1:] and self._command.positionals[-1].endswith("…]"):
            place = len(names) - 1
        return names[place].strip("[]").removesuffix(" …") if place < len(names) else ""
