"""aws-vault's `secret-service` backend: a collection of its own in the Secret Service keyring."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from jeepney import DBusErrorResponse
from secretstorage import SecretStorageException, dbus_init, get_all_collections

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.core.errors import ShellvaultError, VaultUnavailableError
from shellvault.import_sources.import_types import ImportNotice, ImportScan
from shellvault.storage.keyring import dbus_probe
from shellvault.storage.keyring.os_keyring import ANSWER, PERSON, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secretstorage import Collection

    from shellvault.compat.awsvault.items import AwsVaultUser

T = TypeVar("T")

TITLE = "Secret Service collection"
_INSTEAD = "or set AWS_VAULT_BACKEND to pass or file, if its keys are there"


def exists(person: AwsVaultUser) -> bool:
    """See `Store`."""
    try:
        return _use(person, lambda _collection: True, ANSWER) is not None
    except ShellvaultError:
        return False


def find(person: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `Store`."""
    del names  # to list them is to see them all
    locked = _use(person, lambda collection: collection.is_locked(), ANSWER)
    if locked:
        _require_person(person)
    return _use(person, _read, PERSON if locked else ANSWER) or ImportScan(())


def _use(person: AwsVaultUser, work: Callable[[Collection], T], seconds: float) -> T | None:
    """Return what `work` makes of the collection, or None where there is none. A keyring may hang, so time is bounded.

    Raises:
        VaultUnavailableError: no keyring answers, or it refused.
    """
    try:
        return begin(lambda: _with_collection(person, work)).result(seconds)
    except TimeoutError:
        raise VaultUnavailableError(
            f"the Secret Service keyring did not answer within {seconds:g} s", f"unlock or restart it, {_INSTEAD}"
        ) from None
    except (SecretStorageException, DBusErrorResponse, OSError) as error:
        raise VaultUnavailableError(
            f"the Secret Service keyring refused: {error}", f"look at it, {_INSTEAD}"
        ) from error


def _with_collection(person: AwsVaultUser, work: Callable[[Collection], T]) -> T | None:
    dbus_probe.secret_service(person.environ)  # says in our words what is wrong with the bus
    with closing(dbus_init()) as connection:
        for collection in get_all_collections(connection):
            if _name(person) in (collection.get_label(), _decoded(collection.collection_path)):
                return work(collection)
    return None


def _read(collection: Collection) -> ImportScan:
    if collection.is_locked() and collection.unlock():
        raise VaultUnavailableError("aws-vault's collection stays locked: nobody gave its password", "run it again")
    found, remarks = [], []
    items = {item.get_attributes().get("profile") or item.get_label(): item for item in collection.get_all_items()}
    for name, item in sorted(items.items()):
        if not may_be_key_pair(name):
            continue
        if read := parse_item(item.get_secret(), name, "its collection"):
            found.append(read)
        else:
            text = f"the entry '{name}' of aws-vault's collection holds no key pair; it was passed over"
            remarks.append(ImportNotice(name, text))
    return ImportScan(tuple(found), tuple(remarks))


def _require_person(person: AwsVaultUser) -> None:
    _locked, can_ask = dbus_probe.secret_service(person.environ)
    if person.ask is None or not can_ask:
        raise VaultUnavailableError(
            f"aws-vault's collection '{_name(person)}' is locked", f"unlock it on the desktop (Seahorse), {_INSTEAD}"
        )
    person.notice("the keyring asks for the password of aws-vault's collection in a window of its own")


def _name(person: AwsVaultUser) -> str:
    return person.environ.get("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME") or "awsvault"


def _decoded(path: str) -> str:
    """Return a collection's name from its path, where `_2d` stands for a dash."""
    return re.sub("_([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), path.rpartition("/")[2])
