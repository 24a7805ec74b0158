"""Names for the profiles of roles in accounts: made from a template, readable, and never taken already."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import count
from string import Formatter

from shellvault.commands.add_key_pair import check_profile_name
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shellvault.commands.sso_assignments import OfferedRole

FIELDS = ("account", "account_id", "role", "session")
_USUAL = "usual"  # stands for the whole name where there is no template
_SAMPLE = {"account": "account", "account_id": "123456789012", "role": "Role", "session": "session", _USUAL: "account"}


class NameTemplate:
    """Makes names from text with the fields `{account}`, `{account_id}`, `{role}` and `{session}`.

    Text and fields are used as they are, except the account's name, which is turned into something easy to type.
    Without a template, names are `{account}-{role}` in lower case.

    Args:
        template: the text; empty for the usual names.
        prefix: what comes before it, also with fields.

    Raises:
        UsageError: there is another field, a brace is left open, or the text cannot be in a profile's name.
    """

    def __init__(self, template: str = "", prefix: str = "") -> None:
        named = _parse("--template", template) if template else [("", _USUAL)]
        self._parts = [*_parse("--prefix", prefix), *named]
        self._fields = {field for _text, field in self._parts} | ({"account", "role"} if not template else set())
        _check_name(_join(self._parts, _SAMPLE))

    def short(self, role: OfferedRole) -> str:
        """Return the name that the template gives, which several roles may share."""
        assignment = role.assignment
        return self._fill(role, _slug(assignment.account_name) or assignment.account_id)

    def exact(self, role: OfferedRole) -> str:
        """Return the name with the account's number, and with the role if the template leaves it out."""
        assignment = role.assignment
        has_place = self._fields & {"account", "account_id"}
        account = _slug(assignment.account_name) if "account_id" in self._fields else ""
        name = self._fill(role, account or _slug(f"{assignment.account_name} {assignment.account_id}"))
        missing = ("" if has_place else assignment.account_id, "" if "role" in self._fields else assignment.role_name)
        return "-".join(filter(None, (name, *missing)))

    def _fill(self, role: OfferedRole, account: str) -> str:
        """Return the name, without the blanks and dashes that an empty session or an odd role may leave at its ends."""
        assignment = role.assignment
        values = {
            "account": account,
            "account_id": assignment.account_id,
            "role": assignment.role_name,
            "session": role.session,
            _USUAL: _slug(f"{account}-{assignment.role_name}"),
        }
        name = _join(self._parts, values).lstrip("- ").rstrip()
        return _check_name(name) if name else ""


def name_profiles(
    roles: Sequence[OfferedRole], template: NameTemplate, offered: Sequence[OfferedRole], taken: Collection[str]
) -> dict[str, OfferedRole]:
    """Return these roles by the names of their profiles, none of which is in `taken`.

    A name that the template gives to several of the roles that are `offered` gets the account's number.
    """
    times = Counter(map(template.short, offered))
    names: dict[str, OfferedRole] = {}
    for role in roles:
        name, others = template.short(role), {*taken, *names, "", "default"}
        is_free = times[name] == 1 and name not in others
        names[name if is_free else _find_free(template.exact(role), others)] = role
    return names


def _parse(option: str, template: str) -> list[tuple[str, str]]:
    """Return the parts of a template: text, and the field after it or the empty string."""
    hint = f"the fields are {', '.join(f'{{{field}}}' for field in FIELDS)}"
    try:
        parsed = list(Formatter().parse(template))
    except ValueError:
        raise UsageError(f"a brace of {option} '{template}' has no counterpart", hint) from None
    for text, field, shape, conversion in parsed:
        if field is not None and (field not in FIELDS or shape or conversion):
            written = field + (f"!{conversion}" if conversion else "") + (f":{shape}" if shape else "")
            raise UsageError(f"{option}: {{{written}}} is not a field", hint)
        _check_text(option, text)
    return [(text, field or "") for text, field, _shape, _conversion in parsed]


def _check_text(option: str, text: str) -> None:
    """Refuse text that no profile's name can contain."""
    try:
        check_profile_name(f"x{text}x")
    except UsageError:
        hint = "leave out brackets, quotes, backslashes, tabs and line ends"
        raise UsageError(f"{option}: {text!r} cannot be in a profile's name", hint) from None


def _check_name(name: str) -> str:
    try:
        return check_profile_name(name)
    except UsageError:
        reason = f"--template and --prefix make names such as {name!r}, which a profile cannot have"
        hint = "a name does not begin with -, has no blanks at its ends, and no brackets or quotes"
        raise UsageError(reason, hint) from None


def _join(parts: Sequence[tuple[str, str]], values: Mapping[str, str]) -> str:
    return "".join(text + values.get(field, "") for text, field in parts)


def _find_free(name: str, taken: Collection[str]) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _slug(text: str) -> str:
    """Return a text in lower case, as patterns such as *prod* are, with - for what a shell might interpret."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "-".join("".join(one if one.isalnum() or one in "._" else " " for one in plain).split())
