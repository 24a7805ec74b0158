"""Answers `__complete`: what a shell should offer at the cursor; see `shellvault.completion`."""

from __future__ import annotations

import sys

from shellvault.argparser import BACKEND, DEBUG, HELP, NO_INPUT, PROMPT, Command, Option
from shellvault.commands import ALIASES, VERBS
from shellvault.compat.awsvault.options import split_leading
from shellvault.completion.offers import FILE, list_offers
from shellvault.completion.position import Position, find_position
from shellvault.core.record import Record
from shellvault.core.text import sanitize
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.completion.offers import Candidate
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
        program: how many words, `shellvault` among them, come before the program that is completed instead; 0: none is.
    """

    candidates: tuple[Candidate, ...] = ()
    prefix: str = ""
    is_file: bool = False
    program: int = 0


def answer_tab(request: Request) -> Answer:
    """Return the answer for a shell. Whatever goes wrong, there is nothing to offer: nobody reads an error there."""
    try:
        _verb, shell, *words = request.words
        return Answer(stdout=_FORMATS[shell](words, request))
    except Exception:  # noqa: BLE001 - a message would be in the way of what is being typed
        return Answer()


def find_offer(words: Sequence[str], current: str, request: Request) -> Offer:
    """Return what to offer for a word that begins like `current`, after these words that follow `shellvault`."""
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
    __import__(f"shellvault.commands.{verb}")
    found: Command = sys.modules[f"shellvault.commands.{verb}"].COMMAND
    return found


def _offer(position: Position, before: int, request: Request) -> Offer:
    """Return what to offer at a position in the words of a command; `before` these come that many words."""
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


def _answer_bash(words: Sequence[str], request: Request) -> str:
    """Return words that are quoted already, each without the part of it that stays."""
    from shellvault.completion.bash_line import quote_part, split_line

    line, tail = words
    *before, word = split_line(line)
    texts = [each.text for each in before if not each.is_target]
    offer = Offer(is_file=True) if word.is_target else find_offer(texts[1:], word.text, request)
    if offer.program:
        starts = [each.start for each in (*before, word) if not each.is_target]
        return f"program {starts[offer.program]}\n"
    kept = max(len(line) - len(tail), word.start, word.opened)
    if offer.is_file:
        return f"files {tail.find('=') + 1 if kept < word.start + len(offer.prefix) else 0}\n"
    head = len(split_line(line[word.start : kept])[0].text)
    full = [offer.prefix + text for text, _meaning in offer.candidates]
    replies = [quote_part(text[head:], word.quote) for text in full if text.startswith(word.text)]
    return "".join([f"{reply}\n" for reply in ("words", *replies)])


def _answer_zsh(words: Sequence[str], request: Request) -> str:
    """Return the words, and before them how many have descriptions, which come after all words."""
    offer = find_offer(words[:-1], words[-1], request)
    if offer.program:
        return f"program {offer.program}\n"
    if offer.is_file:
        return f"files {len(offer.prefix)}\n"
    texts = [text for text, _meaning in offer.candidates]
    shown: list[str] = []
    if any(meaning for _text, meaning in offer.candidates):
        texts = [_escape_for_zsh(text) for text in texts]
        shown = [_describe_for_zsh(*pair) for pair in offer.candidates]
    return "".join([f"{line}\n" for line in (f"words {len(offer.prefix)} {len(shown)}", *texts, *shown)])


def _describe_for_zsh(text: str, meaning: str) -> str:
    """Return a word and its description, if any, after the first colon that has no backslash."""
    return _escape_for_zsh(sanitize(text)) + (f":{sanitize(meaning)}" if meaning else "")


def _escape_for_zsh(text: str) -> str:
    """Return a word as `_describe` takes it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _answer_fish(words: Sequence[str], request: Request) -> str:
    """Return each word with its description after a tab; fish cannot offer a word that has a tab itself."""
    offer = find_offer(words[:-1], words[-1], request)
    if offer.program:
        return f"program {offer.program}\n"
    if offer.is_file:
        return f"files {len(offer.prefix)}\n"
    pairs = [(text, meaning) for text, meaning in offer.candidates if "\t" not in text]
    return "".join(["words\n", *[f"{offer.prefix}{text}\t{sanitize(meaning)}\n" for text, meaning in pairs]])


_FORMATS = {"bash": _answer_bash, "zsh": _answer_zsh, "fish": _answer_fish}
