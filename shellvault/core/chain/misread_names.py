"""Explains why a name leads to no profile: a typo, a trailing comment, or a section that is not a profile. Pure."""

from __future__ import annotations

from difflib import get_close_matches

from shellvault.core.chain.misread_values import advise_comment, refuse_misread
from shellvault.core.errors import NoSuchProfileError, ShellvaultError, UsageError
from shellvault.core.text import quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.core.model import Profile

_NEAR = 0.7  # of difflib's ratio
_SHORT, _NEAR_SHORT = 3, 0.65  # letters; one wrong letter, or two that changed places, leave two thirds of such a name
_MOST = 3


def explain_unknown(name: str, names: Sequence[str], headers: Sequence[str], otherwise: str) -> ShellvaultError:
    """Return the error for a name that is neither a profile nor a key pair.

    `headers` are the file's sections, and `otherwise` is the hint if no name is close; empty for the usual one.
    """
    what = f"no profile or key pair is named '{name}'"
    if name in headers:
        return NoSuchProfileError(
            f"{what}: the config file has [{name}], which the AWS CLI reads as no profile",
            f"change its header to [profile {name}]",
        )
    if near := _find_near(name, names):
        return NoSuchProfileError(what, f"did you mean {' or '.join(near)}?")
    store = f"see shellvault list; to store a key pair: shellvault add {quote_word(name)}"
    return NoSuchProfileError(what, otherwise or store)


def explain_source(profile: Profile, names: Sequence[str]) -> UsageError:
    """Return the error for a profile whose `source_profile` names neither a profile nor a key pair.

    Raises:
        UsageError: another setting of the profile is at fault.
    """
    refuse_misread(profile.name, profile.settings)
    source = profile.settings["source_profile"]
    what = f"profile '{profile.name}' names source_profile '{source}', which is neither a profile nor a key pair"
    if hint := advise_comment("source_profile", source):
        return UsageError(what, hint)
    if near := _find_near(source, names):
        return UsageError(
            what, f"did you mean {' or '.join(near)}? To store a key pair: shellvault add {quote_word(source)}"
        )
    return UsageError(what, f"shellvault add {quote_word(source)}")


def _find_near(name: str, names: Sequence[str]) -> list[str]:
    """Return the names that differ from this one only in their letters' case, else those that are close to it."""
    if same := [each for each in names if each.casefold() == name.casefold()]:
        return same[:_MOST]
    cutoff = _NEAR_SHORT if len(name) <= _SHORT else _NEAR
    return get_close_matches(name, names, n=_MOST, cutoff=cutoff)
