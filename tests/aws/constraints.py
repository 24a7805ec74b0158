"""The shapes of parameters and AWS's wording when one does not fit. Who may do what is decided elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.errors import invalid
from tests.aws.query import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME = r"[\w+=,.@-]*"


class Text(Record):
    """A text of so many characters that matches a regular expression as a whole; `parameter` as a table spells it."""

    parameter: str
    least: int
    most: int
    regex: str = ""
    required: bool = False

    def faults(self, value: str, _floor: int) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if len(value) < self.least:
            yield f"Member must have length greater than or equal to {self.least}"
        if len(value) > self.most:
            yield f"Member must have length less than or equal to {self.most}"
        if self.regex and not re.fullmatch(self.regex, value, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.regex}"


class Seconds(Record):
    """A whole number of seconds from the world's shortest session up to `most`."""

    parameter: str
    most: int
    required: bool = False

    def faults(self, value: str, floor: int) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            yield "Member must be a whole number"
        elif int(value) < floor:
            yield f"Member must have value greater than or equal to {floor}"
        elif int(value) > self.most:
            yield f"Member must have value less than or equal to {self.most}"


Rule = Text | Seconds


def check(params: Mapping[str, str], rules: Iterable[Rule], floor: int) -> None:
    """Refuse the parameters, naming all that is wrong at once; `floor` is the shortest session in seconds."""
    wrong = [fault for rule in rules for fault in _faults(rule, params, floor)]
    if wrong:
        plural = "error" if len(wrong) == 1 else "errors"
        raise invalid(f"{len(wrong)} validation {plural} detected: {'; '.join(wrong)}")


def _faults(rule: Rule, params: Mapping[str, str], floor: int) -> Iterator[str]:
    given = {name: value for name, value in params.items() if pattern(name) == rule.parameter}
    if rule.required and not given:
        yield f"Value null at '{_field(rule.parameter)}' failed to satisfy constraint: Member must not be null"
    for name, value in given.items():
        for fault in rule.faults(value, floor):
            yield f"Value '{value}' at '{_field(name)}' failed to satisfy constraint: {fault}"


def _field(parameter: str) -> str:
    """Return a parameter's name as AWS writes it in messages: Tags.member.1.Key is tags.1.member.key."""
    swapped = re.sub(r"\.member\.(\d+)", r".\1.member", parameter)
    return ".".join(part[:1].lower() + part[1:] for part in swapped.split("."))
