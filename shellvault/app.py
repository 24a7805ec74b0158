"""The composition root: UI, profiles, storage and providers of one command, each imported when it is first used."""

from __future__ import annotations

import time

from shellvault.awsconfig.endpoints import REACH_SETTINGS
from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.environment import NOTHING, VIA
from shellvault.core.errors import AwsRefusedError, NoKeyPairError, UsageError, VaultUnavailableError
from shellvault.core.model import Session
from shellvault.storage import session_log
from shellvault.storage.opener import Storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from shellvault.aws.network import Network
    from shellvault.core.chain.links import Link
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Profile
    from shellvault.core.session_broker import SessionBroker
    from shellvault.providers import Providers
    from shellvault.request import Request
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

    Result = TypeVar("Result")

_KEY_REPLACED = (NoKeyPairError, VaultUnavailableError, AwsRefusedError)
"""What may happen to a command beside which a key pair is replaced."""


class App:
    """What one command works with; `like` is another one of the same command, whose vault and profiles it shares."""

    def __init__(self, request: Request, settings: Settings, like: App | None = None) -> None:
        self.request = request
        self.settings = settings
        self._ui: Ui | None = None
        self._storage: Storage | None = like.storage if like else None
        self._profiles: Profiles | None = like.profiles if like else None
        self._providers: dict[tuple[str, ...], Providers] = {}
        self.resolved_names: list[str] = []
        """The profiles that the command has used."""

    @property
    def ui(self) -> Ui:
        """The user interface, for notices and questions; a warm command has neither."""
        if self._ui is None:
            from shellvault.ui.mfa.drivers import find_window
            from shellvault.ui.user_interface import Ui

            settings, window = self.settings, find_window(self.settings)
            self._ui = Ui(self.request.terminal, may_ask=not settings.no_input, verbose=settings.debug, window=window)
        return self._ui

    @property
    def storage(self) -> Storage:
        """The stores of the home that the settings name."""
        if self._storage is None:
            if self.settings.home != f"{self.settings.environ.get('HOME')}/.local/share/shellvault":
                from shellvault.system.file_owner import require_owned  # only where the environment names it

                require_owned(self.settings.home, "shellvault's home")
            self._storage = Storage(self.settings, lambda: self.ui, self.request.host)
        return self._storage

    @property
    def profiles(self) -> Profiles:
        """The profiles of the config file, and the key pairs of the vault in use."""
        if self._profiles is None:
            fingerprints = self.storage.fingerprints()
            if "AWS_CONFIG_FILE" in self.settings.environ or "SHELLVAULT_CONFIG_FILE" in self.settings.environ:
                from shellvault.awsconfig.config_place import read_config

                config = read_config(self.settings)
            else:
                config = Config.read(self.settings.config_file)
            self._profiles = Profiles(config, fingerprints, self.settings)
        return self._profiles

    def resolve(self, name: str) -> ResolvedChain:
        """Return the chain for a profile, and tell the user what AWS's limits changed about their options."""
        profiles, options = self.profiles, self.settings.session_options
        from shellvault.core.chain.resolve import resolve

        resolved = resolve(name, profiles, options)
        notices = () if name in self.resolved_names else resolved.notices  # told once
        self.resolved_names.append(name)
        if "AWS_ROLE_ARN" in self.settings.environ:
            from shellvault.compat.awsvault.variables import list_ignored

            notices = (*notices, *list_ignored(self.settings.ignored_role_arn, resolved.profile))
        for notice in notices:
            self.ui.notice(notice)
        return resolved

    def credentials(self, resolved: ResolvedChain, program: str = "") -> Session | KeyPair:
        """Return what a chain gives, a session or the key pair itself, for `program` or else for whoever called."""
        found = self.with_current_keys(resolved, lambda it: self.broker(it).credentials(it.chain))
        if self.request.host.note_session and isinstance(found, Session):
            self.note_session(resolved, found)
        name, chain = resolved.profile.name, resolved.chain
        session_log.note_session(self.request, self.settings, session_log.HANDED_OVER, name, chain, found, program)
        return found

    def note_session(self, resolved: ResolvedChain, session: Session) -> None:
        """Tell the process that runs this command which session was handed out."""
        if note := self.request.host.note_session:
            held = resolved.profile.name, self.describe(resolved).get(VIA, "")
            note(self.request, self.settings, held, resolved.chain.identity, session)

    def resolve_session(self, name: str) -> ResolvedChain:
        """Return the chain of a profile whose sessions may be handed out over HTTP: a key pair never is."""
        resolved = self.resolve(name)
        if resolved.chain.stored_key:
            raise UsageError("a key pair itself is not handed out over HTTP, only sessions", "leave out --no-session")
        return resolved

    def obtain_session(self, name: str, via: str = "") -> Session:
        """Return a profile's session, and record success or failure in the status file of `via`, which prompts read."""
        from shellvault.storage import status_file  # few commands do

        def obtain() -> Session:
            return self.with_current_keys(self.resolve_session(name), lambda it: self.broker(it).session(it.chain))

        return status_file.record_outcome(status_file.find_path(self.settings.home, name, via), obtain)

    def variables(self, resolved: ResolvedChain) -> Mapping[str, str]:
        """Return the variables of a session: `reach`, its scope, and how to obtain it again. For errors see `reach`."""
        profile = resolved.profile
        if not self.settings.choice and not resolved.scope:
            return NOTHING if REACH_SETTINGS.isdisjoint(profile.settings) else self.reach(profile)
        return {**self.reach(profile), **self.describe(resolved)}

    def describe(self, resolved: ResolvedChain) -> Mapping[str, str]:
        """Return the variables that tell this session from others of its profile: its scope, and how to obtain it."""
        from shellvault.core.session_choice import describe_choice  # few sessions need it

        return describe_choice(self.settings.choice, resolved.profile.name, resolved.scope)

    def reach(self, profile: Profile) -> Mapping[str, str]:
        """Return the variables that tell programs where a profile's AWS is.

        Raises:
            UsageError: the config file that says so is not trusted.
        """
        from shellvault.awsconfig.reach import describe_reach, list_reach

        if found := list_reach(profile, self.profiles, self.settings):
            self._check_reach([describe_reach(name, value) for name, value in found.items() if "/" in value])
        return found

    def profiles_for_programs(self, name: str) -> Profiles:
        """Return the profiles that programs may ask for; `name`, if given, must be one of them.

        Raises:
            ShellvaultError: there is no such profile, or the endpoints of the config file are not trusted.
        """
        from shellvault.awsconfig.config_powers import list_reach_powers

        if name:
            self.resolve(name)
        self._check_reach(list_reach_powers(self.profiles.config))
        return self.profiles

    def _check_reach(self, named: list[str]) -> None:
        from shellvault.providers.trust_guard import TrustGuard

        TrustGuard(self.settings, self.profiles, None, self.ui).check_reach(named)

    def with_current_keys(self, resolved: ResolvedChain, action: Callable[[ResolvedChain], Result]) -> Result:
        """Return the result of `action` on a chain; retry it if a key pair was replaced in the meantime."""
        try:
            return action(resolved)
        except _KEY_REPLACED:
            if (again := self._resolve_anew(resolved)) is None:
                raise
            return action(again)

    def _resolve_anew(self, resolved: ResolvedChain) -> ResolvedChain | None:
        """Return a profile's new chain if `rotate` or `add` has changed it since it was resolved, else None."""
        from shellvault.core.chain.resolve import resolve

        self.storage.forget_index()
        self._profiles = None
        again = resolve(resolved.profile.name, self.profiles, self.settings.session_options)
        return None if again.chain == resolved.chain else again

    def broker(self, resolved: ResolvedChain) -> SessionBroker:
        """Return what hands out the sessions of this chain."""
        from shellvault.core.session_broker import SessionBroker

        storage = self.storage
        if minimum := self.settings.minimum_time_left:
            from shellvault.core.durations import parse_duration

        def provide(link: Link, source: KeyPair | Session | None) -> Session:
            try:
                found = self.providers(resolved)(link, source)  # imported only when a session has to be obtained
            except AwsRefusedError as error:
                from shellvault.aws.refusals import name_default_serial

                name_default_serial(error, link, self.profiles.section("profile default"))
                raise
            session_log.note_session(self.request, self.settings, session_log.MINTED, link.profile, link, found, "")
            return found

        return SessionBroker(
            cache=storage.session_cache(),
            load=lambda key: storage.key_pairs().load(key),
            provider=provide,
            lock=storage.refresh_lock,
            clock=time.time,
            notice=lambda text: self.ui.notice(text),  # noqa: PLW0108 - most commands have no use for the UI
            minimum=parse_duration(minimum, "AWS_MIN_TTL") if minimum else 0,
            anew=self.settings.fresh,
        )

    def providers(self, resolved: ResolvedChain) -> Providers:
        """Return what obtains this chain's sessions, the same value each time: it knows what AWS has refused."""
        from shellvault.providers import Providers
        from shellvault.system.process_hardening import protect_memory

        if resolved.path not in self._providers:
            protect_memory()
            self._providers[resolved.path] = Providers(
                resolved, self.settings, self.ui, self.storage.refresh_tokens, self.network(resolved.profile)
            )
        return self._providers[resolved.path]

    def network(self, profile: Profile | None, *, asks: bool = True) -> Network:
        """Return how AWS is reached for a profile; what the user does not trust is asked about, or refused."""
        from shellvault.aws.network import find_network
        from shellvault.providers.trust_guard import TrustGuard

        guard = TrustGuard(self.settings, self.profiles, profile, self.ui if asks else None)
        network = find_network(self.settings, self.profiles.ca_bundle(profile), guard, self.ui.progress)
        return network.replace(variants=self.profiles.endpoint_variants(profile))
