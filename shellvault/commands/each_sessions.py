"""The sessions of `each`: first, in the main thread, whatever takes a person; then, in any thread, all others."""

from __future__ import annotations

import _thread
import time
from contextlib import suppress
from functools import partial

from shellvault.commands.exec import exec_environ
from shellvault.core import environment
from shellvault.core.errors import NoKeyPairError, NotAskedError, ShellvaultError
from shellvault.core.model import Session
from shellvault.core.patterns import is_literal
from shellvault.core.record import Secret
from shellvault.import_sources.plaintext_hint import name_plaintext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Protocol

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain, Link
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair
    from shellvault.core.session_broker import SessionBroker
    from shellvault.settings import Settings
    from shellvault.storage.opener import Storage

    class SessionSource(Protocol):
        """What obtains sessions with certain settings: see `App`."""

        @property
        def storage(self) -> Storage:
            """See `App`."""

        @property
        def profiles(self) -> Profiles:
            """See `App`."""

        def resolve(self, name: str) -> ResolvedChain:
            """See `App`."""

        def credentials(self, resolved: ResolvedChain, program: str = "") -> Session | KeyPair:
            """See `App`."""

        def variables(self, resolved: ResolvedChain) -> Mapping[str, str]:
            """See `App`."""

        def broker(self, resolved: ResolvedChain) -> SessionBroker:
            """See `App`."""

        def with_current_keys(self, resolved: ResolvedChain, action: Callable[[ResolvedChain], None]) -> None:
            """See `App`."""


_VAULT = "vault"
"""Stands for the passphrase among the identities of sessions."""


class EachSessions:
    """Obtains the sessions of many profiles, in this order: `resolve`, `ask`, and then `enter` as often as needed.

    Args:
        source: returns a new source with these settings. All share the vault and the profiles, but each is used for
            one chain, in one thread: a source whose key pair was replaced reads the config file again, and then checks
            only those endpoints that it has resolved itself.
        settings: the settings of the command.
        environ: the environment that runs begin with.
        program: what they run.
    """

    def __init__(
        self, source: Callable[[Settings], SessionSource], settings: Settings, environ: Mapping[str, str], program: str
    ) -> None:
        self._source = source
        self._program = program
        self._asking = settings
        self._renewing = settings.replace(no_input=True, mfa_token=Secret(""))
        self._keeping = self._renewing.replace(fresh=False)
        self._first = source(settings)  # knows all endpoints, because it resolves all chains
        self._environ = environ
        self._is_fresh = settings.fresh
        self._chains: dict[str, ResolvedChain] = {}
        self._errors: dict[str, ShellvaultError] = {}  # profile -> why it has no session
        self._asked: dict[str, ShellvaultError | None] = {}  # identity, or `_VAULT` -> what came of it
        self._renewed: set[str] = set()  # profiles whose session was obtained anew
        self._locks: dict[str, _thread.LockType] = {}
        self.accounts: dict[str, str] = {}
        """The account of each profile, as far as it is known by now."""

    def resolve(self, names: Sequence[str], patterns: Collection[str]) -> list[str]:
        """Return the names without those that only a pattern has matched, and that have no credentials at all.

        Raises:
            ShellvaultError: a name without wildcards leads to no credentials.
        """
        for name in names:
            try:
                self._chains[name] = self._first.resolve(name)
                self.accounts[name] = self._chains[name].chain.account
            except ShellvaultError as error:
                if name in patterns and is_literal(name):
                    raise
                self._errors[name] = error
        return [name for name in names if not self._leads_nowhere(name)]

    def find_region(self, name: str) -> str:
        """Return the region of a profile, or the empty string."""
        return self._chains[name].profile.settings.get("region", "") if name in self._chains else ""

    def ask(self) -> None:
        """Unlock the vault and obtain the sessions that take a code or a sign-in, one after another, each once."""
        notes = self._first.storage.session_cache().notes()
        fresh = {note.identity for note in notes if note.refresh_at > time.time()}
        for name, resolved in self._chains.items():
            try:
                self._first.variables(resolved)
                self._unlock(resolved.chain, fresh)
                if any(_find_links_of_person(resolved.chain)):
                    source = self._source(self._asking)
                    source.with_current_keys(resolved, partial(self._ask_for, source))
            except ShellvaultError as error:
                self._errors[name] = error

    def enter(self, name: str, region: str) -> dict[str, str]:
        """Return the environment of a program with a profile's session.

        Raises:
            ShellvaultError: there is no session.
        """
        if error := self._errors.get(name):
            name_plaintext(error, self._asking)
            raise error.with_traceback(None)
        resolved = self._chains[name]
        credentials, about = self._obtain(resolved), self._source(self._keeping).variables(resolved)
        if isinstance(credentials, Session) and credentials.account:
            self.accounts[name] = credentials.account
        changes = environment.enter(self._environ, name, credentials, region, endpoint=resolved.endpoint, about=about)
        return exec_environ(self._environ, changes)

    def _leads_nowhere(self, name: str) -> bool:
        """Return whether a profile has nothing to do with credentials; a role without a source is a mistake."""
        if not isinstance(self._errors.get(name), NoKeyPairError):
            return False
        profile = self._first.profiles.profile(name)
        return profile is None or not profile.settings.get("role_arn")

    def _obtain(self, resolved: ResolvedChain) -> Session | KeyPair:
        name = resolved.profile.name
        if not self._is_fresh:
            return self._source(self._keeping).credentials(resolved, self._program)
        with self._locks.setdefault(name, _thread.allocate_lock()):  # one of its runs obtains it anew for all
            settings = self._keeping if name in self._renewed else self._renewing
            found = self._source(settings).credentials(resolved, self._program)
            self._renewed.add(name)
            return found

    def _unlock(self, chain: Chain, fresh: Collection[str]) -> None:
        """Open the vault if this chain needs a key pair; `fresh` has the identities of sessions that need none."""
        link = chain
        while link.source and (link.identity not in fresh or self._is_renewed(link, chain)):
            link = link.source
        if key := link.stored_key:
            with suppress(NoKeyPairError):  # its own runs will say so
                self._once(_VAULT, lambda: self._first.storage.key_pairs().load(key))

    def _is_renewed(self, link: Link, chain: Chain) -> bool:
        return self._is_fresh and (link is chain or not link.needs_person)

    def _ask_for(self, source: SessionSource, resolved: ResolvedChain) -> None:
        broker, chain = source.broker(resolved), resolved.chain
        for link in _find_links_of_person(chain):
            if link is chain:
                self._once(link.identity, partial(broker.session, link))
                self._renewed.add(resolved.profile.name)
            else:
                self._once(link.identity, partial(broker.use, link, lambda _session: None))

    def _once(self, identity: str, action: Callable[[], object]) -> None:
        """Call an action that may ask the user; if they were asked and it failed before, raise the same error again."""
        if identity not in self._asked:
            self._asked[identity] = None
            try:
                action()
            except NotAskedError:  # nobody is asked for the next profile, either, and the hint names that one
                del self._asked[identity]
                raise
            except ShellvaultError as error:
                self._asked[identity] = error
        if before := self._asked[identity]:
            raise before.with_traceback(None)


def _find_links_of_person(chain: Chain) -> Iterator[Link]:
    """Yield the links that take a person, the lowest first."""
    if chain.source:
        yield from _find_links_of_person(chain.source)
    if chain.needs_person:
        yield chain
