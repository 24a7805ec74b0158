"""aws-vault's `pass` backend: entries of the standard Unix password manager, which decrypts them."""

from __future__ import annotations

import os

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.core.environment import NEVER_INHERITED
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.import_sources.import_types import ImportNotice, ImportScan
from shellvault.system import child_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.compat.awsvault.items import AwsVaultUser

TITLE = "pass entries"
_FOLDER = "aws-vault"  # what many set AWS_VAULT_PASS_PREFIX to, and forget in the next shell
MOST = 64 * 1024  # bytes; no item of aws-vault's is longer
PERSON = 120.0  # seconds for a person to find the window that asks for their key's passphrase
_NEVER_ASK = "--pinentry-mode=error"


def exists(person: AwsVaultUser) -> bool:
    """See `Store`. A whole password store is aws-vault's only if it says so."""
    return bool(_prefix(person) and _entries(person))


def find(person: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `Store`. Without a folder of its own, only entries named like a profile are opened."""
    there = _entries(person)
    wanted = names or (there if _prefix(person) else person.profiles())
    found, remarks = [], []
    for name in wanted:
        if name not in there:
            continue
        entry = os.path.join(_prefix(person), name)
        item = parse_item(_show(person, entry), name, f"pass {entry}")
        if item and item.name == name:
            found.append(item)
        else:
            remarks.append(
                ImportNotice(name, f"the pass entry {entry} holds no key pair of aws-vault's; it was passed over")
            )
    return ImportScan(tuple(found), tuple(remarks))


def _show(person: AwsVaultUser, entry: str) -> bytes:
    """Return what an entry holds. Its name alone is in the program's arguments."""
    program = person.environ.get("AWS_VAULT_PASS_CMD") or "pass"
    hint = f"try it by hand: {program} show {entry}"
    argv = [program, "show", "--", entry]
    try:
        done = child_program.run(argv, patience=PERSON, most=MOST, environ=_environ(person))
    except OSError as error:
        raise UsageError(
            f"{program} could not be run: {error.strerror}", "install it, or set AWS_VAULT_PASS_CMD"
        ) from None
    except child_program.TooSlowError:
        raise VaultUnavailableError(f"{program} did not show {entry} within {PERSON:g} s", hint) from None
    except child_program.TooMuchError:
        raise VaultUnavailableError(f"{program} showed far more than a key pair in {entry}", hint) from None
    if done.status:
        raise VaultUnavailableError(f"{program} did not show {entry} (exit status {done.status})", hint)
    return done.output


def _environ(person: AwsVaultUser) -> dict[str, str]:
    """Return the program's environment: the store that aws-vault used, and nothing of ours."""
    own = {name: value for name, value in person.environ.items() if name not in NEVER_INHERITED}
    if person.ask is None:
        own["PASSWORD_STORE_GPG_OPTS"] = f"{own.get('PASSWORD_STORE_GPG_OPTS', '')} {_NEVER_ASK}".strip()
    return {**own, "PASSWORD_STORE_DIR": _store(person)}


def _store(person: AwsVaultUser) -> str:
    return os.path.expanduser(person.environ.get("AWS_VAULT_PASS_PASSWORD_STORE_DIR") or "~/.password-store")


def _prefix(person: AwsVaultUser) -> str:
    named = person.environ.get("AWS_VAULT_PASS_PREFIX", "")
    return named or (_FOLDER if os.path.isdir(os.path.join(_store(person), _FOLDER)) else "")


def _entries(person: AwsVaultUser) -> list[str]:
    """Return the names of the entries that may hold a key pair; no entry is opened."""
    top = os.path.join(_store(person), _prefix(person))
    paths = (os.path.join(folder, file) for folder, _folders, files in os.walk(top) for file in files)
    names = (os.path.relpath(path, top).removesuffix(".gpg") for path in paths if path.endswith(".gpg"))
    return sorted(name for name in names if may_be_key_pair(name))
