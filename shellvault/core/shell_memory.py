"""What a shell remembers of the variables that a session replaced. Pure.

The memory is NAME:mark[=old] joined by ";". The mark tells whether the value is still the one that was set here; no "="
means that the variable was unset before, a bare "=" that it was set but empty. NAME:mark@digest means
that the old value is a secret: it is in a shell variable that is not exported, and named after its digest.
"""

from __future__ import annotations

from shellvault.core.model import blake2b
from shellvault.core.record import FromVariable, Unexported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Changes = dict[str, str | None]

MEMORY = "SHELLVAULT_RESTORE"
SET_ASIDE = "_shellvault_kept_"
"""How the names of the variables begin that hold old secrets."""
SECRETS = (
    "AWS_ACCESS_KEY_ID",  # goes with its secret
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
"""Variables whose old values must not be in the environment of the programs that the shell starts."""

REACH = (
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
"""Where programs find AWS, or what stands in for it; beside these, a variable for each service: AWS_ENDPOINT_URL_S3."""
CONFIG_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""SDKs that are not given a profile by name prefer it to the `credential_process` of the default one, not to keys."""
_SERVICE = f"{REACH[0]}_"
_LONGEST_HISTORY = 9  # profiles, so that one digit names each

_ESCAPES = (("%", "%25"), (";", "%3B"), ("\n", "%0A"), ("\r", "%0D"), ("\x1b", "%1B"))


def mark_of(value: str | None) -> str:
    """Return a mark that tells a value from others."""
    if value is None:
        return "-"
    return blake2b(value.encode("utf-8", "surrogateescape"), digest_size=4, person=b"mark").hexdigest()


def remember(wanted: Changes, environ: Mapping[str, str]) -> Changes:
    """Return the memory of what these changes overwrite, and the shell variables for the secrets among it."""
    remembered = recall(environ) if MEMORY in environ else {}
    entries: list[str] = []
    aside: Changes = {}
    for name, value in wanted.items():
        mark, before = remembered.get(name, ("", None))
        is_note = name.startswith("SHELLVAULT_")
        if name not in remembered or not (is_note or mark_of(environ.get(name)) == mark):
            before = environ.get(name)  # what the user put there since is theirs
        if before == value and not is_note:
            continue
        if before and name in SECRETS:
            before = _set_aside(before, aside)
        mark = mark_of(value)
        entries.append(f"{name}:{mark}" if before is None else format_entry(name, mark, before))
    return {**aside, MEMORY: ";".join(entries)}


def _set_aside(secret: str, aside: Changes) -> FromVariable:
    """Return the variable that holds an old secret; one that is not in a variable yet goes into `aside`."""
    if isinstance(secret, FromVariable):
        return secret
    variable = FromVariable(SET_ASIDE + mark_of(secret))
    aside[variable] = Unexported(secret)
    return variable


def format_entry(name: str, mark: str, old: str | None) -> str:
    """Return one variable's entry."""
    if isinstance(old, FromVariable):
        return f"{name}:{mark}@{old.removeprefix(SET_ASIDE)}"
    return f"{name}:{mark}" if old is None else f"{name}:{mark}={escape(old)}"


def recall(environ: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """Return the mark and the old value of each variable in the memory, which anybody may have forged."""
    remembered: dict[str, tuple[str, str | None]] = {}
    for entry in environ.get(MEMORY, "").split(";"):
        head, equals, escaped = entry.partition("=")
        name, colon, marks = head.partition(":")
        mark, _at, aside = marks.partition("@")
        if colon:
            remembered[name] = (mark, unescape(escaped) if equals else _find_variable(name, aside))
    return remembered


def add_to_history(history: str, entered: str, left: str, via: str) -> str:
    """Return the history of a shell that enters one profile and leaves another.

    It is the names of profiles, the latest first, separated by ";". One without a section in the config file is
    NAME=VIA, with what `environment.VIA` held. The profile that is entered is not in it.
    """
    left, entered = _escape_name(left), _escape_name(entered)
    others = [each for each in history.split(";") if each.partition("=")[0] not in ("", left, entered)]
    return ";".join([f"{left}={escape(via)}" if via else left, *others[: _LONGEST_HISTORY - 1]])


def _escape_name(name: str) -> str:
    return escape(name).replace("=", "%3D")


def is_back(word: str) -> bool:
    """Return whether a word means a profile that was in the shell before: `-` is the last one, `-2` the one before."""
    return word == "-" or (len(word) == 2 and word[0] == "-" and word[1] in "123456789")  # noqa: PLR2004


def find_in_history(history: str, word: str) -> tuple[str, str]:
    """Return the profile that such a word means, and its `via`; two empty strings if there is none."""
    entries = [entry for entry in history.split(";") if entry]
    place = int(word[1:] or "1")
    name, _equals, via = entries[place - 1].partition("=") if place <= len(entries) else ("", "", "")
    return unescape(name.replace("%3D", "=")), unescape(via)


def is_reach(name: str) -> bool:
    """Return whether a variable is one of `REACH`, or a service's endpoint; its name becomes part of a statement."""
    service = name.removeprefix(_SERVICE)
    is_word = service.isascii() and service.isupper() and service.replace("_", "").isalnum()
    return name in REACH or (name != service and is_word)


def with_own_settings(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with the user's own values of `REACH`, `CONFIG_FILES` and so on in place of ours.

    One profile's settings must not count as if the environment set them for all profiles.
    """
    entries = {
        name: entry for name, entry in recall(environ).items() if is_reach(name) or name in (*CONFIG_FILES, TOKEN_FILE)
    }
    ours = {name: old for name, (mark, old) in entries.items() if mark_of(environ.get(name)) == mark}
    return {name: value for name, value in {**environ, **ours}.items() if value is not None} if ours else environ


def _find_variable(name: str, aside: str) -> FromVariable | None:
    is_digest = aside.isascii() and aside.isalnum()  # it becomes part of a statement
    return FromVariable(SET_ASIDE + aside) if is_digest and name in SECRETS else None


def escape(value: str) -> str:
    """Return a value without the characters that end an entry, or a line."""
    for character, code in _ESCAPES:
        value = value.replace(character, code)
    return value


def unescape(text: str) -> str:
    """Return what was given to `escape`."""
    for character, code in reversed(_ESCAPES):
        text = text.replace(code, character)
    return text
