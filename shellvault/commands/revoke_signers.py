"""The credentials with which `revoke` and `panic` call IAM, each obtained when it is first needed."""

from __future__ import annotations

from functools import partial

from shellvault.core.chain.links import AssumeRole
from shellvault.core.errors import NoKeyPairError, ShellvaultError, SourceRefusedError
from shellvault.core.revocation.principals import read_principal
from shellvault.core.revocation.signing_links import list_below
from shellvault.storage import session_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from shellvault.aws.iam import IamEndpoints
    from shellvault.aws.iam_signer import IamSigner
    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain, Link, StoredKey
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Profile, Session
    from shellvault.core.revocation.principals import Principal
    from shellvault.core.session_broker import Provider, SessionBroker
    from shellvault.request import Request
    from shellvault.settings import Settings
    from shellvault.storage.opener import Storage
    from shellvault.storage.session_cache import SessionCache


class SigningSessions:
    """Obtains credentials for this command, each once, whatever comes of it: nobody is asked for a code twice.

    Sessions of roles are not cached: soon they will be denied everything.

    Args:
        broker: returns what hands out key pairs, and sessions that are no role's.
        providers: returns what obtains a chain's sessions.
        cache: where sessions wait.
        note: notes in the log that a link's session was obtained.
    """

    def __init__(
        self,
        broker: Callable[[ResolvedChain], SessionBroker],
        providers: Callable[[ResolvedChain], Provider],
        cache: SessionCache,
        note: Callable[[Link, Session], None],
    ) -> None:
        self._broker = broker
        self._providers = providers
        self._cache = cache
        self._note = note
        self._known: dict[tuple[str, ...], KeyPair | Session | ShellvaultError] = {}

    def obtain(self, resolved: ResolvedChain, link: Chain) -> KeyPair | Session:
        """Return the credentials of a link of a chain.

        Raises:
            ShellvaultError: there are none, or it was not possible before.
        """
        name = _name(link)
        if name not in self._known:
            try:
                self._known[name] = self._obtain(resolved, link)
            except ShellvaultError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, ShellvaultError):
            raise found.with_traceback(None)
        return found

    def give(self, link: Chain, pair: KeyPair) -> None:
        """Use this key pair as a link's credentials."""
        self._known[_name(link)] = pair

    def obtain_anew(self, resolved: ResolvedChain, link: Chain) -> Session:
        """Return a new session of a key pair, which may take a code, even if one is cached."""
        self._cache.forget(link.identity)
        session = self._broker(resolved).session(link)
        self._known[_name(link)] = session
        return session

    def find_kept(self, identity: str) -> Session:
        """Return a cached session.

        Raises:
            NoKeyPairError: it is gone.
        """
        if kept := self._cache.get(identity):
            return kept
        raise NoKeyPairError("the cached session has expired")

    def list_kept(self, names: Collection[str], role: Principal | None = None) -> list[str]:
        """Return the identities of cached, unnarrowed role sessions under these names, of one role if given."""
        notes = [note for note in self._cache.notes() if note.profile in names and not note.scope]
        notes = [note for note in notes if role in (None, read_principal(note.role_arn))]
        return [note.identity for note in notes if note.kind.startswith(AssumeRole.kind)]

    def is_kept(self, link: Chain) -> bool:
        """Return whether a link's session is cached."""
        return self._cache.get(link.identity) is not None

    def _obtain(self, resolved: ResolvedChain, link: Chain) -> KeyPair | Session:
        if not link.assumes_role:
            return self._broker(resolved).credentials(link)
        try:
            return self._assume(resolved, link)
        except SourceRefusedError:
            if link.source is None or link.source.stored_key:
                raise
        self._cache.forget(link.source.identity)  # AWS has ended it before its time
        del self._known[_name(link.source)]
        return self._assume(resolved, link)

    def _assume(self, resolved: ResolvedChain, link: Chain) -> Session:
        source = self.obtain(resolved, link.source) if link.source else None
        session = self._providers(resolved)(link, source)
        self._note(link, session)
        return session


def _name(link: Chain) -> tuple[str, ...]:
    """Return what tells a link's credentials from others: an MFA session is the same whichever profile asks for it."""
    key = link.own_key
    return (key.fingerprint, link.mfa_serial) if key and link.mfa_serial else (link.identity,)


class Signers:
    """What may sign calls to IAM.

    Args:
        sessions: obtains the credentials.
        endpoints: returns where IAM is called for a chain, whose last role is in a certain partition.
    """

    def __init__(self, sessions: SigningSessions, endpoints: Callable[[ResolvedChain], IamEndpoints]) -> None:
        self._sessions = sessions
        self._endpoints = endpoints

    def find_key_id(self, names: Collection[str], role: Principal) -> str:
        """Return the access key id of a role's cached session under one of these names; empty if there is none."""
        kept = [self._sessions.find_kept(each) for each in self._sessions.list_kept(names, role)]
        return kept[0].access_key_id if kept else ""

    def for_role(self, resolved: ResolvedChain, link: Chain, names: Collection[str]) -> list[IamSigner]:
        """Return what may change a chain's role: the role's own session, kept or new, and then what is below it.

        `names` are those under which sessions of the role are cached.
        """
        return [*self.kept(resolved, link, names), *self.anew(resolved, resolved.profile.name, link)]

    def anew(self, resolved: ResolvedChain, profile: str, link: Chain) -> list[IamSigner]:
        """Return the same without sessions of the role that are cached."""
        return self.obtained(resolved, profile, (link, *list_below(link)))

    def is_kept(self, link: Chain) -> bool:
        """Return whether a link's session is cached."""
        return self._sessions.is_kept(link)

    def for_user(self, resolved: ResolvedChain, key: StoredKey, mfa: Chain | None) -> list[IamSigner]:
        """Return what may change a key pair's user: the key pair, and its MFA session, if it has a device.

        A session that was kept may be denied everything since an interrupted command; then a new one is asked for.
        """
        links = [key, *([mfa] if mfa else [])]
        found = self.obtained(resolved, key.name, links)
        if mfa and self._sessions.is_kept(mfa):
            renew = partial(self._sessions.obtain_anew, resolved, mfa)
            found.append(self._make(resolved, key.name, mfa, renew))
        return found

    def kept(self, resolved: ResolvedChain, link: Chain, names: Collection[str], profile: str = "") -> list[IamSigner]:
        """Return the cached sessions of these profiles' roles; `profile` is what messages call them."""
        find, name = self._sessions.find_kept, profile or resolved.profile.name
        return [self._make(resolved, name, link, partial(find, each)) for each in self._sessions.list_kept(names)]

    def obtained(self, resolved: ResolvedChain, profile: str, links: Iterable[Chain]) -> list[IamSigner]:
        """Return the credentials of links of a chain."""
        obtain = self._sessions.obtain
        return [self._make(resolved, profile, each, partial(obtain, resolved, each)) for each in links]

    def give(self, key: StoredKey, pair: KeyPair) -> None:
        """Use this key pair for a link: it is not stored under a name of its own."""
        self._sessions.give(key, pair)

    def _make(
        self, resolved: ResolvedChain, profile: str, link: Chain, obtain: Callable[[], KeyPair | Session]
    ) -> IamSigner:
        from shellvault.aws.iam_signer import IamSigner  # loads botocore

        return IamSigner(self._endpoints(resolved), profile, link, obtain)


def make_signers(
    broker: Callable[[ResolvedChain], SessionBroker],
    providers: Callable[[ResolvedChain], Provider],
    network: Callable[[Profile], Network],
    storage: Storage,
    profiles: Profiles,
    log: tuple[Request, Settings],
) -> Signers:
    """Return what may sign calls to IAM, by the parts of one command; `log` is whose sessions are noted in the log."""

    def note(link: Link, session: Session) -> None:
        session_log.note_session(*log, session_log.MINTED, link.profile, link, session, "")

    found: dict[str, IamEndpoints] = {}

    def endpoints(resolved: ResolvedChain) -> IamEndpoints:
        from shellvault.aws.iam import find_endpoints  # loads botocore

        profile = resolved.profile
        if profile.name not in found:
            arn = resolved.chain.role_arn or resolved.chain.mfa_serial  # which tell the partition
            given = {} if arn or not log[1].region else {"region": log[1].region}
            located = profile.replace(settings={**given, **profile.settings})
            found[profile.name] = find_endpoints(located, profiles, network(profile), arn)
        return found[profile.name]

    return Signers(SigningSessions(broker, providers, storage.session_cache(), note), endpoints)
