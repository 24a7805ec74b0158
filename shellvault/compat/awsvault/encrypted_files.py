"""aws-vault's `file` backend: one encrypted file per entry, each with a passphrase."""

from __future__ import annotations

import os

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.compat.awsvault.jwe import JweFormatError, JwePassphraseError, decrypt
from shellvault.core.errors import PersonNeededError, UsageError
from shellvault.core.record import Secret
from shellvault.import_sources.import_types import ImportNotice, ImportScan
from shellvault.system.atomic_file import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shellvault.compat.awsvault.items import AwsVaultUser
    from shellvault.import_sources.import_types import FoundKeyPair

TITLE = "encrypted files"
_LARGEST = 1 << 20  # bytes; an entry has about one thousand
_VERSION_1 = "_keyring_v1"  # the subfolder of a later layout, with other file names


def exists(user: AwsVaultUser) -> bool:
    """See `AwsVaultStore`."""
    return any(_list_files(_folder(user)))


def find(user: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `AwsVaultStore`."""
    del names  # not in every layout is a file named like its entry
    folder = _folder(user)
    files = dict(_list_files(folder))
    if not files:
        return ImportScan(())
    passphrase = _get_passphrase(user, folder)
    found: list[FoundKeyPair] = []
    unreadable, locked = [], []
    for path, name in files.items():
        try:
            found += _open_entry(path, name, passphrase)
        except JwePassphraseError:
            locked.append(ImportNotice(name, f"{path} has another passphrase; it was skipped"))
        except JweFormatError:
            unreadable.append(ImportNotice(name, f"{path} is not an aws-vault entry; it was skipped"))
    if locked and not found:
        raise PersonNeededError(f"wrong passphrase for the files in {folder}", "run the command again")
    return ImportScan(tuple(found), (*unreadable, *locked))


def _open_entry(path: str, name: str, passphrase: Secret) -> list[FoundKeyPair]:
    try:
        text = read_bytes(path, limit=_LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise JweFormatError from error
    item = parse_item(decrypt(text, passphrase), name, path)
    return [item] if item and may_be_key_pair(item.name) else []


def _folder(user: AwsVaultUser) -> str:
    return user.path("AWS_VAULT_FILE_DIR", "~/.awsvault/keys/")


def _list_files(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files that may hold a key pair, with the names that they seem to have."""
    from urllib.parse import unquote

    for place in (folder, os.path.join(folder, _VERSION_1)):
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_file() and may_be_key_pair(unquote(entry.name)):
                yield entry.path, unquote(entry.name)


def _get_passphrase(user: AwsVaultUser, folder: str) -> Secret:
    if (given := user.environ.get("AWS_VAULT_FILE_PASSPHRASE")) is not None:
        return Secret(given)
    if user.ask is None:
        raise PersonNeededError(
            f"aws-vault's files in {folder} need a passphrase, and prompting is disabled (--no-input)",
            "run the command without --no-input, or set AWS_VAULT_FILE_PASSPHRASE",
        )
    passphrase = user.ask(f"Passphrase of aws-vault's files in {folder}: ")
    if not passphrase:
        raise UsageError("no passphrase was given", "run the command again")
    return passphrase
