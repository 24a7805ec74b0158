"""Brings key pairs in from a source: into the vault, read back and compared, and only then out of the plaintext."""

from __future__ import annotations

from contextlib import suppress

from shellvault.commands.add_key_pair import add_profile, check_key_pair, check_profile_name, store_key_pair
from shellvault.core.chain.links import StoredKey
from shellvault.core.errors import (
    CancelledError,
    NoKeyPairError,
    ShellvaultError,
    UsageError,
    VaultUnavailableError,
    quote_word,
)
from shellvault.core.text import last4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.core.model import KeyPair
    from shellvault.import_sources.import_types import FoundKeyPair, ImportSource


def import_key_pairs(app: App, source: ImportSource, names: Sequence[str], *, scrub: bool, force: bool) -> str:
    """Import what `source` has of `names`, or all of it, and return what to tell.

    With `scrub` the plaintext is removed afterwards. With `force` other key pairs of the same names are replaced, and
    nothing is asked before the plaintext is removed.

    Raises:
        NoKeyPairError: it has none.
        UsageError: a name is taken, or what stands there is no key pair.
        CancelledError: the person does not want the plaintext removed; nothing was stored either.
    """
    if scrub and source.kept:
        raise UsageError(
            "--scrub writes no other program's store; nothing was imported",
            f"leave out --scrub; afterwards {source.kept} takes them out there",
        )
    chosen = _chosen(app, source, names)
    new = [item for item in chosen if not _is_stored(app, item, force=force)]
    if scrub and not force:
        _confirm(app, chosen)
    told = [_store(app, item) if item in new else _known(app, item) for item in chosen]
    return "".join(told) + (_scrub(source, chosen) if scrub else _left(source, chosen))


def _chosen(app: App, source: ImportSource, names: Sequence[str]) -> list[FoundKeyPair]:
    """Return what is to be imported; what is named has to be there and to be a key pair."""
    haul = source.find(names)
    for remark in haul.remarks:
        if not names or remark.name in names:
            app.notice(remark.text)
    there = {item.name: item for item in haul.found}
    if missing := [name for name in names if name not in there]:
        found = f"found are: {', '.join(there)}" if there else source.hint
        raise NoKeyPairError(f"there is no key pair '{missing[0]}' in {source.title}", found)
    if not there:
        raise NoKeyPairError(f"there is no key pair in {source.title}", source.hint)
    wanted = [there[name] for name in dict.fromkeys(names or there)]
    usable = [item for item in wanted if _is_usable(app, item, named=bool(names))]
    if not usable:
        raise UsageError(f"there is no usable key pair in {source.title}", source.hint)
    return usable


def _is_usable(app: App, item: FoundKeyPair, *, named: bool) -> bool:
    try:
        check_profile_name(item.name)
        check_key_pair(item.pair.access_key_id, item.pair.secret_access_key)
    except UsageError as error:
        message = f"'{item.name}' in {item.place} cannot be imported: {error.message}"
        if named:
            raise UsageError(message, error.hint) from error
        app.notice(message)
        return False
    return True


def _is_stored(app: App, item: FoundKeyPair, *, force: bool) -> bool:
    """Say whether the vault has this very key pair; another one under its name is replaced only with --force."""
    stored = app.book().fingerprint(item.name)
    if not stored:
        return False
    if stored == item.pair.fingerprint and _given_back(app, item) == item.pair:
        return True
    if force:
        return False
    raise UsageError(
        f"another key pair is stored as '{item.name}' in the {app.backend_name} vault, and nothing was imported",
        "name the ones to import, or say --force to replace what is stored",
    )


def _confirm(app: App, chosen: Sequence[FoundKeyPair]) -> None:
    names = ", ".join(f"'{item.name}' ({last4(item.pair.access_key_id)})" for item in chosen)
    app.notice(f"to be imported, and then taken out of {_places(chosen)}: {names}")
    if not app.confirm("Do that?"):
        raise CancelledError("nothing was imported, and nothing removed")


def _store(app: App, item: FoundKeyPair) -> str:
    forgotten = store_key_pair(app, item.name, item.pair)
    _read_back(app, item)
    stored = (
        f"Imported the key pair {last4(item.pair.access_key_id)} as '{item.name}' into the {app.backend_name} vault.\n"
    )
    return stored + forgotten + add_profile(app, item.name, item.settings)


def _read_back(app: App, item: FoundKeyPair) -> None:
    """Make sure that the vault gives back what it was given, before anything is removed elsewhere."""
    if _given_back(app, item) != item.pair:
        raise VaultUnavailableError(
            f"the {app.backend_name} vault does not give back the key pair of '{item.name}'; nothing was removed",
            "run the same command again",
        )


def _given_back(app: App, item: FoundKeyPair) -> KeyPair | None:
    """Return what the vault has under the name, None where it has lost it."""
    with suppress(NoKeyPairError):
        return app.keypairs().load(StoredKey(item.name, item.pair.fingerprint))
    return None


def _known(app: App, item: FoundKeyPair) -> str:
    return (
        f"The key pair {last4(item.pair.access_key_id)} of '{item.name}' is in the {app.backend_name} vault already.\n"
    )


def _places(chosen: Sequence[FoundKeyPair]) -> str:
    return " and ".join(dict.fromkeys(item.place for item in chosen))


def _scrub(source: ImportSource, chosen: Sequence[FoundKeyPair]) -> str:
    try:
        done = source.scrub(chosen)
    except ShellvaultError as error:
        raise type(error)(f"the key pairs are in the vault, but {error.message}", error.hint) from error
    advice = [
        f"It lay in plaintext and may have been read, so replace it: shellvault rotate {quote_word(item.name)}"
        for item in chosen
    ]
    return "".join(f"{line}\n" for line in (*done, *advice))


def _left(source: ImportSource, chosen: Sequence[FoundKeyPair]) -> str:
    if source.kept:
        return f"They are still in {source.title}; {source.kept} takes them out there.\n"
    return f"The plaintext is still in {_places(chosen)}: --scrub removes it.\n"
