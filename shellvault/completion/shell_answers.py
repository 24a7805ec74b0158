"""Answers `__complete` in the form that each shell wants; see `shellvault.completion`."""

from __future__ import annotations

from shellvault.completion.completer import Offer, find_offer
from shellvault.core.text import sanitize
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.completion.bash_line import BashWord
    from shellvault.request import Request


def answer_tab(request: Request) -> Answer:
    """Return the answer for a shell. If anything goes wrong, it is empty: nobody wants an error while typing."""
    try:
        _verb, shell, *words = request.words
        return Answer(stdout="".join([f"{line}\n" for line in _SHELLS[shell](words, request)]))
    except Exception:  # noqa: BLE001 - see above
        return Answer()


def _answer_bash(words: Sequence[str], request: Request) -> Iterable[str]:
    """Return words that are quoted already, each without the part of it that stays."""
    from shellvault.completion.bash_line import split_line

    line, tail = words
    *before, word = [each for each in split_line(line) if not each.is_target or each.end == len(line)]
    if word.is_target:
        return ["files 0"]
    offer = find_offer([each.text for each in before[1:]], word.text, request)
    if offer.program:
        return [f"program {[*before, word][offer.program].start}"]
    kept = max(len(line) - len(tail), word.start, word.opened)
    if offer.is_file:
        return [f"files {tail.find('=') + 1 if kept < word.start + len(offer.prefix) else 0}"]
    return ["words", *_quote_candidates(offer, word, line[word.start : kept])]


def _quote_candidates(offer: Offer, word: BashWord, kept: str) -> Iterable[str]:
    """Return the candidates that begin like a word, without the beginning that stays on the line as it is."""
    from shellvault.completion.bash_line import quote_end, split_line

    length = len(split_line(kept)[0].text)
    texts = [offer.prefix + text for text, _meaning in offer.candidates]
    return [quote_end(text[length:], word.quote) for text in texts if text.startswith(word.text)]


def _answer_zsh(words: Sequence[str], request: Request) -> Iterable[str]:
    """Return the words, and before them how many have a description, which come after all words."""
    offer = find_offer(words[:-1], words[-1], request)
    if found := _answer_elsewhere(offer):
        return found
    texts = [text for text, _meaning in offer.candidates]
    if not any(meaning for _text, meaning in offer.candidates):
        return [f"words {len(offer.prefix)} 0", *texts]
    shown = [_describe_for_zsh(*pair) for pair in offer.candidates]
    return [f"words {len(offer.prefix)} {len(shown)}", *map(_escape_for_zsh, texts), *shown]


def _describe_for_zsh(text: str, meaning: str) -> str:
    """Return a word and its description, if any, after the first colon that has no backslash."""
    return _escape_for_zsh(sanitize(text)) + (f":{sanitize(meaning)}" if meaning else "")


def _escape_for_zsh(text: str) -> str:
    """Return a word as `_describe` takes it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _answer_fish(words: Sequence[str], request: Request) -> Iterable[str]:
    """Return each word with its description after a tab; fish cannot offer a word that has a tab itself."""
    offer = find_offer(words[:-1], words[-1], request)
    pairs = [(text, meaning) for text, meaning in offer.candidates if "\t" not in text]
    found = [f"{offer.prefix}{text}\t{sanitize(meaning)}" for text, meaning in pairs]
    return _answer_elsewhere(offer) or ["words", *found]


def _answer_elsewhere(offer: Offer) -> list[str]:
    """Return the answer that tells where else the shell finds what to offer; empty if there is no such place."""
    if offer.program:
        return [f"program {offer.program}"]
    return [f"files {len(offer.prefix)}"] if offer.is_file else []


_SHELLS = {"bash": _answer_bash, "zsh": _answer_zsh, "fish": _answer_fish}
