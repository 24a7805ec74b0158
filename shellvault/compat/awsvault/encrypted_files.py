"""aws-vault's `file` backend: one encrypted file an entry, each under a passphrase."""

from __future__ import annotations

import os

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.compat.awsvault.jwe import JweFormatError, JwePassphraseError, decrypt
from shellvault.core.errors import PersonNeededError, UsageError
from shellvault.core.record import Secret
from shellvault.import_sources.import_types import ImportNotice, ImportScan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shellvault.compat.awsvault.items import AwsVaultUser
    from shellvault.import_sources.import_types import FoundKeyPair

TITLE = "encrypted files"
_LARGEST = 1 << 20  # bytes; an entry has about one thousand
_LATER = "_keyring_v1"  # where a later layout keeps them, under other names


def exists(person: AwsVaultUser) -> bool:
    """See `Store`."""
    return any(_files(_folder(person)))


def find(person: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `Store`."""
    del names  # a file's name is not the entry's, in all layouts: the entry says it
    folder = _folder(person)
    files = dict(_files(folder))
    if not files:
        return ImportScan(())
    passphrase = _passphrase(person, folder)
    found, remarks, wrong = [], [], []
    for path, name in files.items():
        try:
            found += _entry(path, name, passphrase)
        except JwePassphraseError:
            wrong.append(ImportNotice(name, f"{path} has another passphrase; it was passed over"))
        except JweFormatError:
            remarks.append(ImportNotice(name, f"{path} is no entry of aws-vault's; it was passed over"))
    if wrong and not found:
        raise PersonNeededError(f"that passphrase opens none of the files in {folder}", "run the command again")
    return ImportScan(tuple(found), (*remarks, *wrong))


def _entry(path: str, name: str, passphrase: Secret) -> list[FoundKeyPair]:
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(_LARGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise JweFormatError from error
    item = parse_item(decrypt(text, passphrase), name, path)
    return [item] if item and may_be_key_pair(item.name) else []


def _folder(person: AwsVaultUser) -> str:
    return os.path.expanduser(person.environ.get("AWS_VAULT_FILE_DIR") or "~/.awsvault/keys/")


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """Return the files that may hold a key pair, and the names that they seem to have."""
    from urllib.parse import unquote

    for place in (folder, os.path.join(folder, _LATER)):
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_file() and may_be_key_pair(unquote(entry.name)):
                yield entry.path, unquote(entry.name)


def _passphrase(person: AwsVaultUser, folder: str) -> Secret:
    if (given := person.environ.get("AWS_VAULT_FILE_PASSPHRASE")) is not None:
        return Secret(given)
    if person.ask is None:
        raise PersonNeededError(
            f"the passphrase of aws-vault's files in {folder} is needed, and --no-input forbids to ask",
            "run the command without --no-input, or set AWS_VAULT_FILE_PASSPHRASE",
        )
    passphrase = person.ask(f"Passphrase of aws-vault's files in {folder}: ")
    if not passphrase:
        raise UsageError("no passphrase was given", "run the command again")
    return passphrase
