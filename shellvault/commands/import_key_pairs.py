"""Imports key pairs from a source: stores them, reads them back, and only then removes the plaintext."""

from __future__ import annotations

from contextlib import suppress

from shellvault.awsconfig.document import profile_header
from shellvault.awsconfig.reader import Config
from shellvault.commands.add_key_pair import add_profile, check_key_pair, check_profile_name, store_key_pair
from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import DeclinedError, NoKeyPairError, ShellvaultError, UsageError, VaultUnavailableError
from shellvault.core.text import last4, quote_names, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shellvault.core.model import KeyPair
    from shellvault.import_sources.import_types import FoundKeyPair, ImportSource
    from shellvault.storage.opener import Storage
    from shellvault.ui.user_interface import Ui


def import_key_pairs(
    source: ImportSource, names: Sequence[str], importer: KeyPairImporter, ui: Ui, *, scrub: bool, force: bool
) -> str:
    """Import the source's key pairs with these names, or all of them, and return what was done.

    With `scrub` the plaintext is removed afterwards; with `force` without asking first.

    Raises:
        NoKeyPairError: the source has none.
        UsageError: a name is taken, or an entry is not a key pair.
        DeclinedError: the user does not want the plaintext removed; nothing was stored either.
    """
    if scrub and source.removal_command:
        raise UsageError(
            "--scrub does not change other programs' stores; nothing was imported",
            f"leave out --scrub, and delete them there afterwards: {source.removal_command}",
        )
    chosen = _find(source, names, ui.notice)
    stored = [item for item in chosen if importer.is_stored(item)]
    if scrub and not force:
        _confirm(chosen, ui)
    done = [importer.describe_stored(item) if item in stored else importer.store(item) for item in chosen]
    regions = importer.describe_regions([item.name for item in chosen])
    return "".join(done) + regions + (_scrub(source, chosen) if scrub else _describe_plaintext(source, chosen))


class KeyPairImporter:
    """Brings found key pairs into the vault.

    Args:
        storage: the vault and the index.
        config_file: where profiles are added.
        force: whether a key pair replaces another one with the same name.
        has_region: whether the environment names a region.
    """

    def __init__(self, storage: Storage, config_file: str, *, force: bool, has_region: bool) -> None:
        self._storage = storage
        self._vault = f"the {storage.backend_name} vault"
        self._config_file = config_file
        self._force = force
        self._has_region = has_region

    def is_stored(self, item: FoundKeyPair) -> bool:
        """Return whether the vault has this key pair.

        Raises:
            UsageError: it has another one with this name, which must not be replaced.
        """
        fingerprints = {entry.name: entry.fingerprint for entry in self._storage.key_pairs().entries()}
        if item.name not in fingerprints:
            return False
        if fingerprints[item.name] == item.pair.fingerprint and self._read(item) == item.pair:
            return True
        if self._force:
            return False
        raise UsageError(
            f"another key pair is stored as '{item.name}' in {self._vault}, so nothing was imported",
            "name the key pairs to import, or use --force to replace those that are stored",
        )

    def store(self, item: FoundKeyPair) -> str:
        """Store a key pair, read it back, add its profile, and return what was done.

        Raises:
            VaultUnavailableError: the vault does not return what it was given.
        """
        forgotten = store_key_pair(self._storage, item.name, item.pair)
        if self._read(item) != item.pair:
            raise VaultUnavailableError(
                f"{self._vault} does not return the key pair of '{item.name}' as it was stored; nothing was removed",
                "run the same command again",
            )
        stored = f"Imported the key pair {last4(item.pair.access_key_id)} as '{item.name}' into {self._vault}.\n"
        return stored + forgotten + add_profile(self._config_file, item.name, item.settings)

    def describe_regions(self, names: Sequence[str]) -> str:
        """Return what to write for profiles without a region, unless the environment names one."""
        config = Config.read(self._config_file)
        lacking = [name for name in names if not config.section(f"profile {name}").get("region")]
        if self._has_region or not lacking:
            return ""
        have = "has" if len(lacking) == 1 else "have"
        line = f"region = us-east-1, or another one, under {profile_header(lacking[0])} in {self._config_file}"
        return f"{quote_names(lacking)} {have} no region, which most programs need. To set it, write {line}.\n"

    def describe_stored(self, item: FoundKeyPair) -> str:
        """Return a sentence about a key pair that was there before."""
        return f"The key pair {last4(item.pair.access_key_id)} of '{item.name}' is already in {self._vault}.\n"

    def _read(self, item: FoundKeyPair) -> KeyPair | None:
        """Return what the vault has under the name; None where it lost it."""
        with suppress(NoKeyPairError):
            return self._storage.key_pairs().load(StoredKey(item.name, item.pair.fingerprint))
        return None


def _find(source: ImportSource, names: Sequence[str], notice: Callable[[str], None]) -> list[FoundKeyPair]:
    """Return the key pairs to import: those that are named, or all that can be used.

    Raises:
        NoKeyPairError: the source has none, or not one of those that are named.
        UsageError: one that is named, or every one, is no key pair or has a name that a profile cannot have.
    """
    scan = source.find(names)
    for found in scan.notices:
        if not names or found.name in names:
            notice(found.text)
    available = {item.name: item for item in scan.found}
    if missing := [name for name in names if name not in available]:
        hint = f"available: {', '.join(available)}" if available else source.hint
        raise NoKeyPairError(f"there is no key pair '{missing[0]}' in {source.title}", hint)
    if not available:
        raise NoKeyPairError(f"there is no key pair in {source.title}", source.hint)
    wanted = [available[name] for name in dict.fromkeys(names or available)]
    usable = list(_check(wanted, notice, must_be_usable=bool(names)))
    if not usable:
        raise UsageError(f"there is no usable key pair in {source.title}", source.hint)
    return usable


def _suggest(item: FoundKeyPair, error: UsageError) -> str:
    """Return what to do about a key pair that is refused; one that is merely not AWS's can be typed in."""
    try:
        check_profile_name(item.name)
        check_key_pair(item.pair.access_key_id, item.pair.secret_access_key, force=True)
    except UsageError:
        return error.hint
    return f"to store it all the same: shellvault add {quote_word(item.name)} --force"


def _check(
    items: Sequence[FoundKeyPair], notice: Callable[[str], None], *, must_be_usable: bool
) -> Iterator[FoundKeyPair]:
    for item in items:
        try:
            check_profile_name(item.name)
            check_key_pair(item.pair.access_key_id, item.pair.secret_access_key)
        except UsageError as error:
            message, hint = f"'{item.name}' in {item.place} cannot be imported: {error.message}", _suggest(item, error)
            if must_be_usable:
                raise UsageError(message, hint) from error
            notice(f"{message}; {hint}" if hint != error.hint else message)
        else:
            yield item


def _confirm(chosen: Sequence[FoundKeyPair], ui: Ui) -> None:
    names = ", ".join(f"'{item.name}' ({last4(item.pair.access_key_id)})" for item in chosen)
    ui.notice(f"will import, then remove from {_list_places(chosen)}: {names}")
    if not ui.confirm("Continue?", otherwise="use --force to import and remove without asking"):
        raise DeclinedError("nothing was imported or removed")


def _scrub(source: ImportSource, chosen: Sequence[FoundKeyPair]) -> str:
    try:
        done = source.scrub(chosen)
    except ShellvaultError as error:
        raise type(error)(f"the key pairs are in the vault, but {error.message}", error.hint) from error
    return "".join(f"{line}\n" for line in (*done, *_advise(chosen)))


def _advise(chosen: Sequence[FoundKeyPair]) -> Iterator[str]:
    """Yield one piece of advice per key, however many names it has: `rotate` replaces it under all of them."""
    names_by_key: dict[str, list[str]] = {}
    for item in chosen:
        names_by_key.setdefault(item.pair.fingerprint, []).append(item.name)
    for first, *others in names_by_key.values():
        shared = f" (also for {quote_names(others)}, the same key)" if others else ""
        command = f"shellvault rotate {quote_word(first)}"
        yield f"This key was in plaintext, so someone may have read it. Replace it{shared}: {command}"


def _describe_plaintext(source: ImportSource, chosen: Sequence[FoundKeyPair]) -> str:
    if source.removal_command:
        return f"The originals are still in {source.title}. To delete them: {source.removal_command}\n"
    return f"The plaintext is still in {_list_places(chosen)}: --scrub removes it.\n"


def _list_places(chosen: Sequence[FoundKeyPair]) -> str:
    return " and ".join(dict.fromkeys(item.place for item in chosen))
