"""Finds completions for the word being typed, for any shell."""

from __future__ import annotations

import sys

from shellvault.argparser import BACKEND, DEBUG, HELP, NO_INPUT, PROMPT, Command, Option
from shellvault.commands import ALIASES, VERBS
from shellvault.compat.awsvault.options import split_leading
from shellvault.completion.offers import FILE, list_offers
from shellvault.completion.position import find_position
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.completion.offers import Candidate
    from shellvault.completion.position import Position
    from shellvault.request import Request

_PROGRAM = Command(
    "",
    "",
    positionals=("COMMAND",),
    options=(HELP, Option("--version", "show the version"), BACKEND, PROMPT, NO_INPUT, DEBUG),
)
"""What comes before a command's own words."""
_HELP = Command("help", "", positionals=("[COMMAND]",))


class Offer(Record):
    """What to offer.

    Attributes:
        candidates: the words, without `prefix`.
        prefix: how the word at the cursor begins in any case, as in `--policy=`.
        is_file: whether the shell offers files instead.
        program: how many words, `shellvault` among them, come before the program that the shell completes instead; 0 if
            the cursor is not behind one.
    """

    candidates: tuple[Candidate, ...] = ()
    prefix: str = ""
    is_file: bool = False
    program: int = 0


def find_offer(words: Sequence[str], current: str, request: Request) -> Offer:
    """Return completions for `current`, the word being typed; `words` are those between `shellvault` and it."""
    rest = split_leading(words)[1]
    if not rest:
        return _offer(find_position(_PROGRAM, words, current), 0, request)
    verb = ALIASES.get(rest[0], rest[0])
    if verb not in VERBS and verb != _HELP.name:
        return Offer()
    return _offer(find_position(_load(verb), rest[1:], current), len(words) - len(rest) + 2, request)


def _load(verb: str) -> Command:
    if verb == _HELP.name:
        return _HELP
    __import__(f"shellvault.commands.{verb}")  # as in `cli`
    found: Command = sys.modules[f"shellvault.commands.{verb}"].COMMAND
    return found


def _offer(position: Position, before: int, request: Request) -> Offer:
    """Return what to offer at a position in a command's own words, before which there are `before` words."""
    if position.program is not None:
        return Offer(program=before + position.program)
    if position.offers == FILE:
        return Offer(prefix=position.prefix, is_file=True)
    found = list_offers(position.offers, request, position.backend) if position.offers else []
    words = [pair for pair in found if pair[0] not in position.others]
    if not position.takes_dashes:
        words = [pair for pair in words if pair[0][0] != "-"]
    options = [(option.name, option.help) for option in position.options]
    return Offer((*words, *options), position.prefix)
