"""Names for the profiles of roles in accounts: readable, and never taken already."""

from __future__ import annotations

import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shellvault.providers.sso_provider import Assignment


def name_profiles(assignments: Sequence[Assignment], taken: Collection[str]) -> dict[str, Assignment]:
    """Return these roles by the names of their profiles, none of which is in `taken`.

    A name is account-role, or account-number-role where that is ambiguous.
    """
    short = [_join(_slug(each.account_name) or each.account_id, each.role_name) for each in assignments]
    names: dict[str, Assignment] = {}
    for name, each in zip(short, assignments, strict=True):
        others = {*taken, *names}
        is_unique = short.count(name) == 1 and name not in others
        names[name if is_unique else _find_free(_join(each.account_name, each.account_id, each.role_name), others)] = (
            each
        )
    return names


def _find_free(name: str, taken: Collection[str]) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _join(*parts: str) -> str:
    return "-".join(slug for part in parts if (slug := _slug(part)))


def _slug(text: str) -> str:
    """Return a text in lower case, as patterns such as *prod* are, with - for what a shell might interpret."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "-".join("".join(one if one.isalnum() or one in "._" else " " for one in plain).split())
