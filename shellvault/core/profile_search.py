"""The profiles that somebody may choose from: their order, and which of them match what was typed. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HALF_LIFE = 4 * 86400  # seconds after which a use counts half as much

_WHOLE = 1 << 30
"""The rating of a name that is the whole query, even if it has several words."""
_EXACT, _START, _PART, _INSIDE, _BESIDE, _SCATTERED = 6, 5, 4, 3, 2, 1
"""How well a word matches: it is the name, begins it, begins a part of it, is in it, is in what is shown beside it, or
has its letters there, in this order."""
_SEPARATORS = "-_./:@ "


class Choices:
    """Profiles in the order in which they are offered, and what is shown beside each name.

    Args:
        names: the profiles' names, as they are.
        describe: name -> its account, role, region and time left; it is called when they are needed.
        used: how many of the names, from the first one, are there because they were used.
    """

    def __init__(
        self, names: Sequence[str], describe: Callable[[str], tuple[str, str, str, str]], used: int = 0
    ) -> None:
        self.names = names
        self._used = used
        self._describe = describe
        self._details: dict[int, tuple[str, str, str, str]] = {}
        self._texts: list[tuple[str, str]] = []
        self._latest: tuple[str, Sequence[int]] = ("", range(len(names)))

    def details(self, index: int) -> tuple[str, str, str, str]:
        """Return account, role, region and time left of a profile; each is empty where it is unknown."""
        if index not in self._details:
            self._details[index] = self._describe(self.names[index])
        return self._details[index]

    def search(self, query: str) -> Sequence[int]:
        """Return the indexes of the profiles that match each word of the query, in any order; the best come first.

        Letters match in either case, but a name that is the query to the letter comes first. Where words match equally
        well, used names come before others, in their order, and those that are little longer than the words before
        longer ones.
        """
        words, (before, among) = query.casefold().split(), self._latest
        if not query.startswith(before):  # else only those that matched a shorter query can match
            among = range(len(self.names))
        if words:
            self.prepare()
            texts = self._texts
            rated = {index: rating for index in sorted(among) if (rating := _rate(words, *texts[index]))}
            among = sorted(rated, key=lambda index: self._order(index, rated[index], query))
        self._latest = (query, among)
        return among

    def prepare(self) -> None:
        """Look up now what is known of all profiles, which the first search would otherwise wait for."""
        self._texts = self._texts or [self._join_texts(index) for index in range(len(self.names))]

    def _order(self, index: int, rating: int, query: str) -> tuple[bool, int, bool, int]:
        """Return what a match is sorted by; the lowest comes first."""
        name, folded = self.names[index], self._texts[index][0]
        typed = query.strip()
        if folded.strip() == typed.casefold():
            return name.strip() != typed, -_WHOLE, False, 0
        is_beside = rating == _BESIDE * len(query.split())
        is_used = index < self._used
        return True, -rating, not is_used, 0 if is_used or is_beside else len(name)

    def _join_texts(self, index: int) -> tuple[str, str]:
        account, role, region, _left = self.details(index)
        return self.names[index].casefold(), f"{account}/{role}\n{region}".casefold()


def order_by_use(names: Iterable[str], uses: Iterable[tuple[int, str]], now: float) -> tuple[list[str], int]:
    """Return the names with the most and latest used ones first and the others as they were, and how many were used.

    Each use is a time in epoch seconds and a name.
    """
    scores: dict[str, float] = {}
    for used_at, name in uses:
        scores[name] = scores.get(name, 0) + 0.5 ** (max(0, now - used_at) / HALF_LIFE)
    ordered = sorted(names, key=lambda name: -scores.get(name, 0))
    return ordered, sum(name in scores for name in ordered)


def _rate(words: Sequence[str], name: str, beside: str) -> int:
    """Return how well all words match; 0 if one of them does not."""
    total = 0
    for word in words:
        if not (rating := _rate_word(word, name, beside)):
            return 0
        total += rating
    return total


def _rate_word(word: str, name: str, beside: str) -> int:
    if name.startswith(word):
        return _EXACT if name == word else _START
    if word in name:
        return _PART if any(f"{separator}{word}" in name for separator in _SEPARATORS) else _INSIDE
    if word in beside:
        return _BESIDE
    letters = iter(name)
    return _SCATTERED if all(letter in letters for letter in word) else 0
