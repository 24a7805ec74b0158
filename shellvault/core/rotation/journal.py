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
            """Delete an access key; one that AWS does not know is no error. Use `keys` to see whether it is gone."""

        def works(self, pair: KeyPair) -> bool:
            """Return whether AWS accepts a key pair yet."""

        def last_used(self, signer: KeyPair | Session, key: Key) -> KeyUse:
            """Return when a key was last used."""

    class Vault(Protocol):
        """The key pairs in the vault, some of which are there under several names."""

        def current(self, name: str) -> KeyPair:
            """Return the key pair with this name."""

        def names(self) -> tuple[str, ...]:
            """Return the name of every key pair."""

        def names_of(self, *pairs: KeyPair) -> tuple[str, ...]:
            """Return the names under which these key pairs are stored."""

        def replace(self, old: KeyPair, new: KeyPair) -> tuple[str, ...]:
            """Replace a key pair under all its names, forget the sessions made with it, and return the names."""


class Key(Record):
    """An access key as IAM lists it; `made` is the day on which it was created, `made_at` epoch seconds or 0."""

    id: str
    user: str
    made: str
    made_at: float
    active: bool


class KeyUse(Record):
    """When a key was last used, in words; `never` is True only where AWS says so."""

    words: str
    never: bool = False


class Rotation(Record):
    """How far a rotation is. While `new` is None, AWS may still have created a key.

    Attributes:
        old: the key pair to replace.
        known: the ids of the user's keys from before.
        begun_at: when a new key was asked for, in epoch seconds; 0 if unknown.
        new: the new key pair.
    """

    old: KeyPair
    known: tuple[str, ...]
    begun_at: float
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
