"""Explains why a name leads to no section: a typo, a comment or quotes, or a header that is no profile's. Pure."""

from __future__ import annotations

from difflib import get_close_matches

from shellvault.core.chain.misread_values import advise, refuse_misread
from shellvault.core.errors import NoSuchProfileError, ShellvaultError, UsageError
from shellvault.core.model import is_account
from shellvault.core.text import quote_name, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shellvault.core.model import Profile

_NEAR = 0.7  # of difflib's ratio
_SHORT, _NEAR_SHORT = 3, 0.65  # letters; one wrong letter, or two that changed places, leave two thirds of such a name
_MOST = 3
_BETWEEN = ("-", "_", "/", ".", ":", "@")  # what is between the parts of a name
_BY_OPTIONS = "for a role without a profile: PROFILE --role-arn ARN, or --sso SESSION --account ID --role NAME"
_PROFILE = "profile"
_NEEDED = {"sso-session": " with sso_start_url and sso_region"}


def explain_unknown(name: str, names: Sequence[str], headers: Sequence[str], otherwise: str) -> ShellvaultError:
    """Return the error for a name that is neither a profile nor a key pair.

    `headers` are the file's sections, and `otherwise` is the hint if no name is close; empty for the usual one.
    """
    return _explain_unknown(name, names, headers, otherwise).lacks(name)


def _explain_unknown(name: str, names: Sequence[str], headers: Sequence[str], otherwise: str) -> NoSuchProfileError:
    what = f"no profile or key pair is named '{name}'"
    if misread := _explain_header(name, names, headers):
        return NoSuchProfileError(f"{what}: {misread[0]}", misread[1])
    if near := find_near(name, names):
        return NoSuchProfileError(what, f"did you mean {near}?", name)
    if is_account(name.partition("/")[0]):
        return NoSuchProfileError(what, _BY_OPTIONS, name)
    store = f"see shellvault list; to store a key pair: shellvault add {quote_word(name)}"
    return NoSuchProfileError(what, otherwise or store, name)


def explain_source(profile: Profile, names: Sequence[str], headers: Sequence[str]) -> UsageError:
    """Return the error for a profile whose `source_profile` names neither a profile nor a key pair.

    Raises:
        UsageError: another setting of the profile is at fault.
    """
    refuse_misread(profile.name, profile.settings)
    source = profile.settings["source_profile"]
    return _explain_source(profile, source, names, headers).lacks(source)


def _explain_source(profile: Profile, source: str, names: Sequence[str], headers: Sequence[str]) -> UsageError:
    what = f"profile '{profile.name}' names source_profile '{source}', which is neither a profile nor a key pair"
    if misread := _explain_header(source, names, headers):
        return UsageError(f"{what}: {misread[0]}", misread[1])
    if hint := advise("source_profile", source):
        return UsageError(what, hint)
    store = f"shellvault add {quote_word(source)}"
    near = find_near(source, names)
    return UsageError(what, f"did you mean {near}? To store a key pair: {store}" if near else store)


def explain_missing(profile: str, key: str, value: str, headers: Sequence[str], kind: str = _PROFILE) -> UsageError:
    """Return the error for a setting that names a section of this kind which the config file does not have."""
    names = [header.removeprefix(f"{kind} ").strip("\"'") for header in headers if header.startswith(kind)]
    what = f"profile '{profile}' names {key} '{value}', which is not in the config file"
    if hint := advise(key, value):
        return UsageError(what, hint)
    near = find_near(value, names)
    add = f"add [{kind} {quote_name(value)}]{_NEEDED.get(kind, '')}, or fix {key} in [{_PROFILE} {quote_name(profile)}]"
    return UsageError(what, f"did you mean {near}? Otherwise {add}" if near else add)


def meant_name(header: str) -> str:
    """Return the profile that a header is meant to be for, if it is none's: `Profile dev`, `profile two words`."""
    kind, _, name = header.strip().replace("\t", " ").partition(" ")
    meant = name if kind.lower() == _PROFILE else header
    return meant.strip(" \t\"'") or header


def find_near(name: str, names: Sequence[str]) -> str:
    """Return the names that are close to one, for a sentence; the empty string if none is."""
    plain = name.strip(" []").removeprefix(f"{_PROFILE} ").strip(" \"'").casefold()
    by_plain = {each.casefold(): each for each in names}
    near = _find_close(plain, by_plain)
    if not near:  # what was typed may be only a part of a name
        alike = {*_find_close(plain.strip("".join(_BETWEEN)), {part for each in by_plain for part in _split(each)})}
        near = [each for each in by_plain if not alike.isdisjoint(_split(each))][:_MOST]
    return " or ".join([by_plain[each] for each in near[: 1 if plain in near else _MOST]])


def _find_close(word: str, words: Iterable[str]) -> list[str]:
    return get_close_matches(word, list(words), n=_MOST, cutoff=_NEAR_SHORT if len(word) <= _SHORT else _NEAR)


def _split(name: str) -> list[str]:
    for sign in _BETWEEN:
        name = name.replace(sign, " ")
    return name.split()


def _explain_header(name: str, names: Sequence[str], headers: Sequence[str]) -> tuple[str, str] | None:
    """Return what is wrong with the header that is meant for a name, and how to fix it; None if there is none."""
    for header in headers:
        meant = meant_name(header)
        if name in (header, meant) and meant not in names and header not in ("DEFAULT", *names):
            fix = f"change its header to [{_PROFILE} {quote_name(meant)}]"
            return f"the config file has [{header}], which the AWS CLI does not treat as a profile", fix
    return None
