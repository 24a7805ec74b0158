"""The values of a rotation: its keys, how far it is, and what signs its calls; and the Protocols it depends on."""

from __future__ import annotations

from shellvault.core.chain.links import SessionToken
from shellvault.core.chain.resolve import MFA_SESSION
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from shellvault.core.chain.links import Chain, Link, StoredKey
    from shellvault.core.model import KeyPair, Session

    class Journal(Protocol):
        """Keeps unfinished rotations, with their secrets, in the vault."""

        def get(self, name: str) -> Rotation | None:
            """Return the unfinished rotation of the key pair with this name."""

        def keep(self, name: str, rotation: Rotation) -> None:
            """Record how far a rotation is."""

        def forget(self, name: str) -> None:
            """Remove a rotation; an absent one is no error."""

    class Iam(Protocol):
        """The calls to AWS. `signer` holds the credentials that sign them."""

        def keys(self, signer: KeyPair | Session) -> tuple[Key, ...]:
            """Return the user's access keys."""

        def create(self, signer: KeyPair | Session) -> KeyPair:
            """Create an access key."""

        def delete(self, signer: KeyPair | Session, key_id: str) -> None:
            """Delete an access key; an absent one is no error."""

        def works(self, pair: KeyPair) -> bool:
            """Return whether AWS accepts a key pair yet."""

        def last_used(self, signer: KeyPair | Session, key: Key) -> str:
            """Return when a key was last used, in words."""


class Key(Record):
    """An access key as IAM lists it; `made` is the day on which it was created."""

    id: str
    user: str
    made: str
    active: bool


class Rotation(Record):
    """How far a rotation is. While `new` is None, AWS may still have created a key; `known` are the ids from before."""

    old: KeyPair
    known: tuple[str, ...]
    new: KeyPair | None = None

    @property
    def latest(self) -> KeyPair:
        """The new key pair, or the old one until there is a new one."""
        return self.new or self.old


def signer(chain: Chain, *, no_session: bool) -> Chain | None:
    """Return what signs the calls to IAM: the key pair at the root of a chain, or its MFA session if the chain has one.

    None if there is no key pair at the root. Without MFA it is the key pair, as IAM refuses other sessions of a user.
    """
    link: Chain | None = chain
    with_mfa: Link | None = None
    while link is not None:
        if link.mfa_serial and not no_session:
            with_mfa = link
        if with_mfa is link and link.own_key:
            return link
        if key := link.stored_key:
            return _mfa_session(key, with_mfa) if with_mfa else key
        link = link.source
    return None


def _mfa_session(key: StoredKey, with_mfa: Link) -> SessionToken:
    """Return the MFA session of a key pair whose device, region and endpoint another link names."""
    return SessionToken(key.name, key, with_mfa.mfa_serial, MFA_SESSION, with_mfa.region, with_mfa.endpoint)
