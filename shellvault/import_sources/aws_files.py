"""The AWS files of one person as a source of key pairs: the shared credentials file, and the config file beside it."""

from __future__ import annotations

import os

from shellvault.awsconfig.plaintext_keys import ID, SECRET, find_sections, remove_key_pairs
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.import_sources.import_types import FoundKeyPair, ImportNotice, ImportScan
from shellvault.system.atomic_file import encode_text, exclusive, read_text, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shellvault.awsconfig.plaintext_keys import PlaintextSection

_SETTINGS = ("region", "mfa_serial")
"""What a section of the credentials file may say of its profile that would be missed in the config file."""


def credentials_path(environ: Mapping[str, str]) -> str:
    """Return the shared credentials file's path, as the AWS CLI finds it."""
    named = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return os.path.expanduser(os.path.expandvars(named))


class AwsFiles(Record):
    """Both files, the credentials file first: where both have a profile's key pair, its one is used."""

    credentials: str
    config: str
    kept: str = ""

    @property
    def title(self) -> str:
        """See `Source`."""
        return f"{self.credentials}, nor in {self.config}"

    @property
    def hint(self) -> str:
        """See `Source`."""
        return "set AWS_SHARED_CREDENTIALS_FILE where it lies elsewhere, or say --from csv FILE or --from aws-vault"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `Source`."""
        del names  # to read a file is to read all of it
        found: dict[str, FoundKeyPair] = {}
        remarks = []
        for path in (self.credentials, self.config):
            for section in find_sections(read_text(path)):
                if not (name := self._profile(path, section.name)):
                    continue
                pair, before = section.pair, found.get(name)
                if pair and before and before.pair != pair:
                    text = f"{path} has another key pair under '{name}', which nobody uses; it was left there"
                    remarks.append(ImportNotice(name, text))
                elif pair and not before:
                    settings = {key: section.settings[key] for key in _SETTINGS if section.settings.get(key)}
                    found[name] = FoundKeyPair(name, pair, path, settings)
                elif not pair:
                    remarks += _remarks(section, name, path)
        return ImportScan(tuple(found.values()), tuple(remarks))

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """See `Source`. Nothing is taken out of a file in which one of these key pairs was changed meanwhile."""
        said = []
        if odd := [item.place for item in imported if not os.path.isfile(item.place)]:  # such as <(…) of a shell
            raise UsageError(f"{odd[0]} is not an ordinary file; nothing was taken out of it", "look at it by hand")
        for path in filter(os.path.isfile, (self.credentials, self.config)):
            with exclusive(path):
                said += self._scrub(path, imported)
        return said

    def _scrub(self, path: str, imported: Sequence[FoundKeyPair]) -> list[str]:
        before = read_text(path)
        there = [(self._profile(path, section.name), section) for section in find_sections(before)]
        chosen = [
            (item, section.name)
            for item in imported
            for name, section in there
            if name == item.name and section.pair == item.pair
        ]
        done = [item for item, _section in chosen]
        if changed := [item.name for item in imported if item.place == path and item not in done]:
            raise UsageError(
                f"{path} was changed meanwhile: {quote_names(changed)}; nothing was taken out of it",
                "run the same command again",
            )
        after = remove_key_pairs(before, [(section, item.pair) for item, section in chosen])
        if after == before:
            return []
        replace_file(path, encode_text(after), expected=encode_text(before), mode=0o600)
        names = quote_names(dict.fromkeys(item.name for item in done))
        return [f"Took the secrets of {names} out of {path}.", *_left(path, after, done)]

    def _profile(self, path: str, section: str) -> str:
        """Return the profile that a section is of, or the empty string."""
        if path == self.credentials:
            return section
        return next(iter(Config(f"[{section}]").names()), "")


def quote_names(names: Iterable[str]) -> str:
    """Return names as a sentence has them."""
    return ", ".join(f"'{name}'" for name in names)


def _remarks(section: PlaintextSection, name: str, path: str) -> list[ImportNotice]:
    if section.is_temporary:
        return [ImportNotice(name, f"'{name}' in {path} holds temporary credentials, which end by themselves")]
    if section.half:
        missing = ID if section.half == SECRET else SECRET
        return [ImportNotice(name, f"'{name}' in {path} has {section.half} and no {missing}")]
    return []


def _left(path: str, after: str, done: Sequence[FoundKeyPair]) -> list[str]:
    """Say where the secrets still are."""
    secrets = [str(item.pair.secret_access_key) for item in done]
    lines = [number for number, line in enumerate(after.split("\n"), 1) if any(secret in line for secret in secrets)]
    return [f"Line {number} of {path} still has one of these secrets: take it out by hand." for number in lines]
