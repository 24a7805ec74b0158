"""Claims: who may ask the endpoint for which profile, and the file that keeps them for the next endpoint.

A claim's token is in a file of its own, which the claim's programs read; the claim has only a hash of it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from shellvault.agent.claim_request import pack_wish, unpack_wish
from shellvault.core.environment import VIA
from shellvault.core.errors import VaultUnavailableError
from shellvault.core.record import Record, Secret
from shellvault.system.atomic_file import replace_own
from shellvault.system.new_file import remove
from shellvault.system.paths import READING_OWN, read_file
from shellvault.system.process_life import find_start, is_running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shellvault.core.wish import Wish

_TOKEN_BYTES = 32
_PATH_BYTES = 16
_LARGEST = 1 << 20  # bytes of the claims file
TOKEN = "token-"  # noqa: S105
"""What the names of token files begin with."""
CONNECTION = "ssh-"
"""How the name of the socket begins that shares a connection over which something is lent; a process id follows."""
_KEPT = ("HOME", "PATH", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS", "REQUESTS_CA_BUNDLE")
_KEPT_PREFIXES = ("AWS_", "SHELLVAULT_", "XDG_")
_SECRET_WORDS = ("SECRET", "TOKEN", "PASSPHRASE", "PASSWORD", "KEY")
_NO_SECRET = ("_FILE", "_TTL")  # endings of names that contain such a word but hold no secret


class Owner(Record):
    """The process that a claim ends with; `start` distinguishes it from a later process with the same id."""

    pid: int
    start: str

    @property
    def is_running(self) -> bool:
        """Whether it is still running."""
        return is_running(self.pid, self.start)


class Claim(Record):
    """The right to ask for one profile: at this path, with the token that has this hash, until its owner ends."""

    path: str
    token_hash: str
    token_file: str
    wish: Wish
    owner: Owner

    def admits(self, token: bytes) -> bool:
        """Return whether this is the claim's token, in the same time for every wrong one."""
        return compare_digest(_hash(token), self.token_hash)


class Ticket(Record):
    """What the programs of a claim need: the URL, and the file that holds the token."""

    url: str
    token_file: str


class ClaimFile:
    """The file in which an endpoint keeps its port and its claims for the next one.

    Its methods may be called from any thread.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()

    def load(self) -> tuple[int, list[Claim]]:
        """Return the port, 0 if none was saved, and the claims whose owners are still running."""
        try:
            found = json.loads(read_file(self._path, READING_OWN, _LARGEST))
            port, claims = int(found["port"]), [_unpack(each) for each in found["claims"]]
        except (OSError, ValueError, KeyError, TypeError):
            return 0, []
        return port, [claim for claim in claims if claim.owner.is_running]

    def save(self, port: int, list_claims: Callable[[], Sequence[Claim]]) -> None:
        """Write the port and the claims, or remove the file if there are none; failures only prevent a takeover."""
        with self._lock, suppress(OSError, VaultUnavailableError):
            if claims := list_claims():  # listed under the lock, so that the last writer has the newest list
                found = {"port": port, "claims": [_pack(claim) for claim in claims]}
                replace_own(self._path, json.dumps(found).encode())
            else:
                remove(self._path)


def make_claim(wish: Wish, pid: int, folder: str) -> Claim:
    """Return a new claim; its token is written into a file in `folder` and kept nowhere else.

    Raises:
        VaultUnavailableError: the file cannot be written.
    """
    token = Secret(secrets.token_urlsafe(_TOKEN_BYTES))
    path = f"/{secrets.token_urlsafe(_PATH_BYTES)}"
    file = os.path.join(folder, f"{TOKEN}{pid}-{secrets.token_hex(4)}")
    replace_own(file, token.encode())
    return Claim(path, _hash(token.encode()), file, wish, Owner(pid, find_start(pid)))


def forget_token(claim: Claim) -> None:
    """Remove the file of a claim that has ended."""
    with suppress(OSError):
        remove(claim.token_file)


def sweep(folder: str, claims: Iterable[Claim]) -> None:
    """Remove the token files and sockets that killed processes left behind."""
    kept = {claim.token_file for claim in claims}
    with suppress(OSError):
        for name in os.listdir(folder):
            kind, _, rest = name.partition("-")
            pid, path = rest.partition("-")[0], os.path.join(folder, name)
            if f"{kind}-" in (TOKEN, CONNECTION) and pid.isdecimal() and path not in kept and not is_running(int(pid)):
                remove(path)


def _may_be_kept(name: str, value: str) -> bool:
    """Return whether a variable may be written to a file: it shapes sessions, and is not secret."""
    if name == VIA:  # without what it says, a session would be wider
        return True
    if any("@" in rest.partition("/")[0] for rest in value.split("://")[1:]):  # a password in a URL
        return False
    if any(word in name for word in _SECRET_WORDS) and not name.endswith(_NO_SECRET):
        return False
    return name in _KEPT or name.startswith(_KEPT_PREFIXES) or name.lower().endswith("_proxy")


def _hash(token: bytes) -> str:
    return sha256(token).hexdigest()


def _pack(claim: Claim) -> dict[str, object]:
    fields = {name: getattr(claim, name) for name in ("path", "token_hash", "token_file")}
    environ = {name: value for name, value in claim.wish.environ.items() if _may_be_kept(name, value)}
    return {
        **fields,
        "wish": pack_wish(claim.wish.replace(environ=environ)),
        "owner": [claim.owner.pid, claim.owner.start],
    }


def _unpack(found: dict[str, object]) -> Claim:
    """Return the claim that `_pack` packed; malformed input raises ValueError, KeyError or TypeError."""
    wish, owner = unpack_wish(found["wish"]), found["owner"]
    if not isinstance(owner, list):
        raise TypeError("not a claim")
    path, token_hash, token_file = (str(found[name]) for name in ("path", "token_hash", "token_file"))
    return Claim(path, token_hash, token_file, wish, Owner(int(owner[0]), str(owner[1])))
