"""Tells people whose key pair is still in plaintext how to import it. Only looked up for errors and empty lists."""

from __future__ import annotations

import os
from contextlib import suppress
from fnmatch import fnmatchcase

from shellvault.core.errors import UsageError
from shellvault.core.text import quote_names, quote_word
from shellvault.import_sources.aws_files import AwsFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.errors import ShellvaultError
    from shellvault.import_sources.import_types import FoundKeyPair
    from shellvault.settings import Settings


def name_plaintext(error: ShellvaultError, settings: Settings) -> bool:
    """If the missing key pair of an error is in plaintext in an AWS file, say so in the error; return whether it is."""
    found = describe_plaintext(error.missing_key, settings) if error.missing_key else None
    if found:
        error.message, error.hint = found
    return bool(found)


def describe_plaintext(pattern: str, settings: Settings) -> tuple[str, str] | None:
    """Return where the key pairs whose names match are in plaintext, and the command that imports them, if any are."""
    items = list_plaintext(settings)
    found = [item for item in items if item.name == pattern or fnmatchcase(item.name, pattern)]
    if not found:
        return None
    names = [item.name for item in found]
    what = f"the key{'s' * (len(found) > 1)} of {quote_names(names)} {'are' if found[1:] else 'is'} in plaintext in"
    places = " and ".join(dict.fromkeys(_shorten(item.place, settings.user_home) for item in found))
    words = "" if len(found) == len(items) > 1 else f" {' '.join(map(quote_word, names))}"
    return f"{what} {places}", f"shellvault import{words} --scrub"


def list_plaintext(settings: Settings) -> tuple[FoundKeyPair, ...]:
    """Return the key pairs in the AWS files; none while one of the files is broken."""
    with suppress(UsageError):
        return AwsFiles(settings.credentials_file, settings.config_file).find(()).found
    return ()


def _shorten(path: str, home: str) -> str:
    return os.path.join("~", os.path.relpath(path, home)) if path.startswith(os.path.join(home, "")) else path
