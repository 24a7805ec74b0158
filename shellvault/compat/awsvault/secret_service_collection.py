"""aws-vault's `secret-service` backend: its own collection in the Secret Service keyring."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from jeepney import DBusErrorResponse
from secretstorage import SecretStorageException, dbus_init, get_all_collections

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.core.errors import ShellvaultError, VaultUnavailableError
from shellvault.import_sources.import_types import ImportNotice, ImportScan
from shellvault.storage.keyring.dbus_probe import probe_secret_service
from shellvault.storage.keyring.os_keyring import MACHINE_LIMIT, USER_LIMIT, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secretstorage import Collection

    from shellvault.compat.awsvault.items import AwsVaultUser

T = TypeVar("T")

TITLE = "Secret Service collection"
_INSTEAD = "or set AWS_VAULT_BACKEND to pass or file, if its key pairs are there"


def exists(user: AwsVaultUser) -> bool:
    """See `AwsVaultStore`."""
    try:
        return _use_collection(user, lambda _collection: True, MACHINE_LIMIT) is not None
    except ShellvaultError:
        return False


def find(user: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `AwsVaultStore`."""
    del names  # listing the collection shows every entry anyway
    locked = _use_collection(user, lambda collection: collection.is_locked(), MACHINE_LIMIT)
    if locked:
        _announce_prompt(user)
    return _use_collection(user, _read, USER_LIMIT if locked else MACHINE_LIMIT) or ImportScan(())


def _use_collection(user: AwsVaultUser, action: Callable[[Collection], T], seconds: float) -> T | None:
    """Return the result of an action on the collection, or None where it does not exist.

    Raises:
        VaultUnavailableError: the keyring did not answer in time, or refused.
    """
    try:
        return begin(lambda: _open_collection(user, action)).result(seconds)
    except TimeoutError:
        raise VaultUnavailableError(
            f"the Secret Service keyring did not answer within {seconds:g} s", f"unlock or restart it, {_INSTEAD}"
        ) from None
    except (SecretStorageException, DBusErrorResponse, OSError) as error:
        raise VaultUnavailableError(
            f"the Secret Service keyring refused: {error}", f"check that it works, {_INSTEAD}"
        ) from error


def _open_collection(user: AwsVaultUser, action: Callable[[Collection], T]) -> T | None:
    probe_secret_service(has_display=user.has_display)  # raises with a hint where the bus or the service is missing
    with closing(dbus_init()) as connection:
        for collection in get_all_collections(connection):
            if _collection_name(user) in (collection.get_label(), _decode_name(collection.collection_path)):
                return action(collection)
    return None


def _read(collection: Collection) -> ImportScan:
    if collection.is_locked() and collection.unlock():
        raise VaultUnavailableError(
            "aws-vault's collection is still locked: its password was not entered", "run the command again"
        )
    found, notices = [], []
    items = {item.get_attributes().get("profile") or item.get_label(): item for item in collection.get_all_items()}
    for name, item in sorted(items.items()):
        if not may_be_key_pair(name):
            continue
        if key_pair := parse_item(item.get_secret(), name, "its collection"):
            found.append(key_pair)
        else:
            text = f"the entry '{name}' of aws-vault's collection has no key pair; it was skipped"
            notices.append(ImportNotice(name, text))
    return ImportScan(tuple(found), tuple(notices))


def _announce_prompt(user: AwsVaultUser) -> None:
    """Tell the user that the keyring is going to ask for a password.

    Raises:
        VaultUnavailableError: it cannot ask.
    """
    _locked, can_ask = probe_secret_service(has_display=user.has_display)
    if user.ask is None or not can_ask:
        raise VaultUnavailableError(
            f"aws-vault's collection '{_collection_name(user)}' is locked",
            f"unlock it on the desktop (Seahorse), {_INSTEAD}",
        )
    user.notice("the keyring asks for the password of aws-vault's collection in a window")


def _collection_name(user: AwsVaultUser) -> str:
    return user.environ.get("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME") or "awsvault"


def _decode_name(path: str) -> str:
    """Return a collection's name from its path, where `_2d` stands for a dash."""
    return re.sub("_([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), path.rpartition("/")[2])
