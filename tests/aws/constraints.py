"""Parameter constraints, with AWS's error messages; permissions are checked elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.errors import validation_error
from tests.aws.query import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME = r"[\w+=,.@-]*"
_SHORTEST = 900  # seconds; the shortest session that can be requested


class TextRule(Record):
    """A text of limited length that fully matches a regular expression; `parameter` is as in the service table."""

    parameter: str
    least: int
    most: int
    regex: str = ""
    required: bool = False

    def find_faults(self, value: str) -> Iterator[str]:
        """Yield the violations of a value."""
        if len(value) < self.least:
            yield f"Member must have length greater than or equal to {self.least}"
        if len(value) > self.most:
            yield f"Member must have length less than or equal to {self.most}"
        if self.regex and not re.fullmatch(self.regex, value, re.ASCII):
            yield f"Member must satisfy regular expression pattern: {self.regex}"


class SecondsRule(Record):
    """A whole number of seconds, from the shortest allowed session up to `most`."""

    parameter: str
    most: int
    required: bool = False

    def find_faults(self, value: str) -> Iterator[str]:
        """Yield the violations of a value."""
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            yield "Member must be a whole number"
        elif int(value) < _SHORTEST:
            yield f"Member must have value greater than or equal to {_SHORTEST}"
        elif int(value) > self.most:
            yield f"Member must have value less than or equal to {self.most}"


Rule = TextRule | SecondsRule


def check_parameters(params: Mapping[str, str], rules: Iterable[Rule]) -> None:
    """Raise one error that lists all violations."""
    wrong = [fault for rule in rules for fault in _find_faults(rule, params)]
    if wrong:
        plural = "error" if len(wrong) == 1 else "errors"
        raise validation_error(f"{len(wrong)} validation {plural} detected: {'; '.join(wrong)}")


def _find_faults(rule: Rule, params: Mapping[str, str]) -> Iterator[str]:
    given = {name: value for name, value in params.items() if pattern(name) == rule.parameter}
    if rule.required and not given:
        yield f"Value null at '{_format_field(rule.parameter)}' failed to satisfy constraint: Member must not be null"
    for name, value in given.items():
        for fault in rule.find_faults(value):
            yield f"Value '{value}' at '{_format_field(name)}' failed to satisfy constraint: {fault}"


def _format_field(parameter: str) -> str:
    """Return a parameter's name as in AWS's messages: Tags.member.1.Key becomes tags.1.member.key."""
    swapped = re.sub(r"\.member\.(\d+)", r".\1.member", parameter)
    return ".".join(part[:1].lower() + part[1:] for part in swapped.split("."))
