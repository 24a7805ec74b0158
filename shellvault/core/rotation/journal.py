"""What a rotation is: the keys, how far it has come, and what it asks for. Values and Protocols only."""

from __future__ import annotations

from shellvault.core.chain.links import AssumeRole, SessionToken, StoredKey
from shellvault.core.chain.resolve import MFA_SESSION
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from shellvault.core.chain.links import Chain
    from shellvault.core.model import KeyPair, Session

    class Journal(Protocol):
        """Where a rotation is written down, secrets and all: in the vault."""

        def get(self, name: str) -> Rotation | None:
            """Return the rotation that goes on for the key pair of this name."""

        def keep(self, name: str, rotation: Rotation) -> None:
            """Write it down."""

        def forget(self, name: str) -> None:
            """Strike it out."""

    class Iam(Protocol):
        """What is asked of AWS. `signer` is what signs."""

        def keys(self, signer: KeyPair | Session) -> tuple[Key, ...]:
            """Return the user's access keys."""

        def create(self, signer: KeyPair | Session) -> KeyPair:
            """Make a new one."""

        def delete(self, signer: KeyPair | Session, key_id: str) -> None:
            """Delete one; one that is not there is no error."""

        def works(self, pair: KeyPair) -> bool:
            """Say whether AWS knows a key pair yet."""

        def last_used(self, signer: KeyPair | Session, key: Key) -> str:
            """Return when a key was used last, as people say it."""


class Key(Record):
    """An access key as IAM lists it; `made` is a day."""

    id: str
    user: str
    made: str
    active: bool


class Rotation(Record):
    """How far a rotation is: without a new key, one may have been made all the same; `known` were there before."""

    old: KeyPair
    known: tuple[str, ...]
    new: KeyPair | None = None

    @property
    def latest(self) -> KeyPair:
        """The new key pair, or the old one as long as there is no other."""
        return self.new or self.old


def signer(chain: Chain, *, no_session: bool) -> StoredKey | SessionToken | None:
    """Return what signs IAM's calls: the key pair itself, or its MFA session; None where no key pair is at the foot.

    IAM refuses the session of a user that was got without a code.
    """
    serial = region = endpoint = ""
    while not isinstance(chain, StoredKey):
        if isinstance(chain, SessionToken | AssumeRole) and chain.mfa_serial and not no_session:
            serial, region, endpoint = chain.mfa_serial, chain.region, chain.endpoint
            if isinstance(chain, SessionToken):
                return chain
        if chain.source is None:
            return None
        chain = chain.source
    return SessionToken(chain.name, chain, serial, MFA_SESSION, region, endpoint) if serial else chain
