"""The AWS files as a source of key pairs: the shared credentials file, and the config file beside it."""

from __future__ import annotations

import os

from shellvault.awsconfig.config_editor import edit_file
from shellvault.awsconfig.document import remove_key_pairs
from shellvault.awsconfig.plaintext_keys import ID, SECRET, find_sections
from shellvault.awsconfig.reader import split_header
from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import quote_names
from shellvault.import_sources.import_types import FoundKeyPair, ImportNotice, ImportScan
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.plaintext_keys import PlaintextSection

_SETTINGS = ("region", "mfa_serial")
"""Settings of the credentials file that the profile in the config file should keep."""


class AwsFiles(Record):
    """Both files. The credentials file comes first: where both have a key pair for a profile, its one is used."""

    credentials: str
    config: str
    removal_command: str = ""

    @property
    def title(self) -> str:
        """See `ImportSource`."""
        return f"{self.credentials} or {self.config}"

    @property
    def hint(self) -> str:
        """See `ImportSource`."""
        return "set AWS_SHARED_CREDENTIALS_FILE if the file is elsewhere, or use --from csv FILE or --from aws-vault"

    def find(self, names: Sequence[str]) -> ImportScan:
        """See `ImportSource`."""
        del names  # a file can only be read as a whole
        found: dict[str, FoundKeyPair] = {}
        notices: list[ImportNotice] = []
        for path in (self.credentials, self.config):
            for name, section in self._read_profiles(path, read_text(path)):
                pair, first = section.pair, found.get(name)
                if pair is None:
                    notices += _describe_useless(name, section, path)
                elif first is None:
                    settings = {key: section.settings[key] for key in _SETTINGS if section.settings.get(key)}
                    found[name] = FoundKeyPair(name, pair, path, settings)
                elif first.pair != pair:
                    text = f"{path} also has a different key pair for '{name}'; skipped"
                    notices.append(ImportNotice(name, text))
        return ImportScan(tuple(found.values()), tuple(notices))

    def scrub(self, imported: Sequence[FoundKeyPair]) -> list[str]:
        """See `ImportSource`. A file in which one of these key pairs has changed meanwhile is left as it is."""
        if pipes := [item.place for item in imported if not os.path.isfile(item.place)]:  # such as <(…) of a shell
            raise UsageError(
                f"{pipes[0]} is not a regular file, so nothing was removed from it", "remove its secrets by hand"
            )
        paths = filter(os.path.isfile, (self.credentials, self.config))
        return [sentence for path in paths for sentence in self._scrub(path, imported)]

    def _scrub(self, path: str, imported: Sequence[FoundKeyPair]) -> list[str]:
        with edit_file(path, mode=0o600) as edit:
            before = edit.text
            chosen = self._match(path, before, imported)
            edit.text = remove_key_pairs(before, [(section, item.pair) for item, section in chosen])
        if edit.text == before:
            return []
        names = quote_names(dict.fromkeys(item.name for item, _section in chosen))
        return [f"Removed the secrets of {names} from {path}.", *_describe_copies(path, edit.text, chosen)]

    def _match(self, path: str, text: str, imported: Sequence[FoundKeyPair]) -> list[tuple[FoundKeyPair, str]]:
        """Return the imported key pairs that the file has, each with the name of its section."""
        sections = self._read_profiles(path, text)
        chosen = [
            (item, section.name)
            for item in imported
            for name, section in sections
            if name == item.name and section.pair == item.pair
        ]
        matched = {item.name for item, _section in chosen}
        if changed := [item.name for item in imported if item.place == path and item.name not in matched]:
            raise UsageError(
                f"{path} changed during the import ({quote_names(changed)}), so nothing was removed from it",
                "run the same command again",
            )
        return chosen

    def _read_profiles(self, path: str, text: str) -> list[tuple[str, PlaintextSection]]:
        """Return the sections that belong to profiles, each with the profile's name."""
        if path == self.credentials:
            return [(section.name, section) for section in find_sections(text, path)]
        named = [(*split_header(section.name), section) for section in find_sections(text, path)]
        return [(name, section) for kind, name, section in named if kind == "profile" and name]


def _describe_useless(name: str, section: PlaintextSection, path: str) -> list[ImportNotice]:
    if section.is_temporary:
        return [
            ImportNotice(name, f"'{name}' in {path} has temporary credentials, which expire; they are not imported")
        ]
    if half := section.lone_half:
        missing = ID if half == SECRET else SECRET
        return [ImportNotice(name, f"'{name}' in {path} has {half} but no {missing}")]
    return []


def _describe_copies(path: str, text: str, removed: Sequence[tuple[FoundKeyPair, str]]) -> list[str]:
    """Return a sentence for each line that still has one of the secrets, such as a comment."""
    secrets = [str(item.pair.secret_access_key) for item, _section in removed]
    lines = [number for number, line in enumerate(text.split("\n"), 1) if any(secret in line for secret in secrets)]
    return [f"Line {number} of {path} still has one of these secrets: remove it by hand." for number in lines]
