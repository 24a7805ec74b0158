"""aws-vault's `pass` backend: entries of the standard Unix password manager, which decrypts them."""

from __future__ import annotations

import os

from shellvault.compat.awsvault.items import may_be_key_pair, parse_item
from shellvault.core.environment import child_environ
from shellvault.core.errors import UsageError, VaultUnavailableError
from shellvault.import_sources.import_types import ImportNotice, ImportScan
from shellvault.system import child_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.compat.awsvault.items import AwsVaultUser

TITLE = "pass entries"
_FOLDER = "aws-vault"  # many set AWS_VAULT_PASS_PREFIX to this, and not in every shell
_LARGEST = 64 * 1024  # bytes; no entry of aws-vault's is longer
_TIMEOUT = 120.0  # seconds, for the user to find the window that asks for the passphrase of their key
_NEVER_ASK = "--pinentry-mode=error"


def exists(user: AwsVaultUser) -> bool:
    """See `AwsVaultStore`. Without a folder of aws-vault's, the password store may hold anything."""
    return bool(_prefix(user) and _list_entries(user))


def find(user: AwsVaultUser, names: Sequence[str]) -> ImportScan:
    """See `AwsVaultStore`. Without a folder of aws-vault's, only entries named like a profile are opened."""
    available = _list_entries(user)
    wanted = names or (available if _prefix(user) else user.profiles())
    found, notices = [], []
    for name in wanted:
        if name not in available:
            continue
        entry = os.path.join(_prefix(user), name)
        item = parse_item(_show(user, entry), name, f"pass {entry}")
        if item and item.name == name:
            found.append(item)
        else:
            text = f"the pass entry {entry} has no key pair of aws-vault's; it was skipped"
            notices.append(ImportNotice(name, text))
    return ImportScan(tuple(found), tuple(notices))


def _show(user: AwsVaultUser, entry: str) -> bytes:
    """Return what an entry holds. The program's arguments contain its name only."""
    program = user.environ.get("AWS_VAULT_PASS_CMD") or "pass"
    hint = f"try it by hand: {program} show {entry}"
    argv = [program, "show", "--", entry]
    try:
        done = child_program.run(argv, environ=_environ(user), cwd=user.cwd, patience=_TIMEOUT, most=_LARGEST)
    except OSError as error:
        raise UsageError(
            f"{program} could not be run: {error.strerror}", "install it, or set AWS_VAULT_PASS_CMD"
        ) from None
    except child_program.TooSlowError:
        raise VaultUnavailableError(f"{program} did not show {entry} within {_TIMEOUT:g} s", hint) from None
    except child_program.TooMuchError:
        raise VaultUnavailableError(f"{program} printed far more than a key pair for {entry}", hint) from None
    if done.status:
        raise VaultUnavailableError(f"{program} did not show {entry} (exit status {done.status})", hint)
    return done.stdout


def _environ(user: AwsVaultUser) -> dict[str, str]:
    """Return the program's environment: with the store that aws-vault used, and no secret of ours."""
    environ = {**child_environ(user.environ), "PASSWORD_STORE_DIR": _store(user)}
    if user.ask is None:
        environ["PASSWORD_STORE_GPG_OPTS"] = f"{environ.get('PASSWORD_STORE_GPG_OPTS', '')} {_NEVER_ASK}".strip()
    return environ


def _store(user: AwsVaultUser) -> str:
    return user.path("AWS_VAULT_PASS_PASSWORD_STORE_DIR", "~/.password-store")


def _prefix(user: AwsVaultUser) -> str:
    chosen = user.environ.get("AWS_VAULT_PASS_PREFIX", "")
    return chosen or (_FOLDER if os.path.isdir(os.path.join(_store(user), _FOLDER)) else "")


def _list_entries(user: AwsVaultUser) -> list[str]:
    """Return the names of the entries that may hold a key pair, without opening any."""
    top = os.path.join(_store(user), _prefix(user))
    paths = (os.path.join(folder, file) for folder, _folders, files in os.walk(top) for file in files)
    names = (os.path.relpath(path, top).removesuffix(".gpg") for path in paths if path.endswith(".gpg"))
    return sorted(name for name in names if may_be_key_pair(name))
