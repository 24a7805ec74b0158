"""What signs in to the console as a profile: first planned, then obtained, for `login`."""

from __future__ import annotations

import time

from shellvault.compat.awsvault.variables import find_federation_duration
from shellvault.core.chain.federation import resolve_federation
from shellvault.core.chain.sts_parameters import LEGACY_REGION
from shellvault.core.console_urls import destination_url, find_console, login_url, logout_url
from shellvault.core.durations import format_time_left, parse_duration
from shellvault.core.errors import UsageError
from shellvault.core.model import Session
from shellvault.core.record import Record, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair
    from shellvault.core.session_broker import SessionBroker
    from shellvault.settings import Settings

_LONGEST, _SHORTEST = 12 * 3600, 900  # AWS: a console session


class ConsolePlan(Record):
    """A profile's console: its chain, the page to show, the URL where one signs in, and for how long (0: AWS says)."""

    resolved: ResolvedChain
    page: str
    sign_in: str
    duration: int

    @property
    def profile(self) -> str:
        """The profile's name."""
        return self.resolved.profile.name


class ConsoleSignIn(Record):
    """A URL that opens a profile's console once, and when that session ends (epoch seconds)."""

    profile: str
    url: Secret
    ends_at: float

    @property
    def report(self) -> str:
        """What to say once the console is open."""
        lasts = format_time_left(int(self.ends_at) + 1, time.time())
        return f"Opened the console for '{self.profile}'. The session lasts {lasts}.\n"


def plan_sign_in(resolved: ResolvedChain, profiles: Profiles, settings: Settings, path: str) -> ConsolePlan:
    """Return how a profile signs in, and goes to the page at `path`; for the errors see `destination_url`."""
    region = settings.region or resolved.profile.settings.get("region", "")
    chain = resolved.chain
    source_region = "" if chain.role_arn or chain.region == LEGACY_REGION else chain.region
    console = find_console(chain.role_arn, region or source_region)
    endpoint = profiles.endpoint(resolved.profile, "signin").rstrip("/")
    duration = _console_duration(chain) if settings.duration else 0
    return ConsolePlan(resolved, destination_url(console, path, region), endpoint or console.sign_in, duration)


def lacks_mfa(resolved: ResolvedChain, profiles: Profiles, settings: Settings) -> bool:
    """Return whether a profile with an MFA device signs in as a federated user, whom AWS asks for no code."""
    user = resolve_federation(resolved.chain, resolved.profile, profiles, _federation_duration(settings))
    return bool(user and resolved.profile.settings.get("mfa_serial"))


def obtain_session(resolved: ResolvedChain, broker: SessionBroker, profiles: Profiles, settings: Settings) -> Session:
    """Return the session that signs in: a federated user's if the chain is a key pair, else the chain's own."""
    user = resolve_federation(resolved.chain, resolved.profile, profiles, _federation_duration(settings))
    return _require_session(broker.session(user) if user else broker.credentials(resolved.chain), resolved.profile.name)


def fetch_sign_in(plan: ConsolePlan, session: Session, network: Network, *, logs_out: bool) -> ConsoleSignIn:
    """Return the URL that opens the console; with `logs_out`, it signs the browser out first."""
    from shellvault.aws.console import fetch_sign_in_token

    token = fetch_sign_in_token(plan.sign_in, session, plan.profile, network, duration=plan.duration)
    url = login_url(plan.sign_in, token, plan.page)
    ends_at = time.time() + plan.duration if plan.duration else session.expires_at
    return ConsoleSignIn(plan.profile, Secret(logout_url(plan.sign_in, url) if logs_out else url), ends_at)


def _federation_duration(settings: Settings) -> int:
    """Return how long a federated user's session should last, in seconds; 0 if nothing was said."""
    if settings.duration:
        return parse_duration(settings.duration, "--duration")
    return find_federation_duration(settings.environ)


def _require_session(credentials: Session | KeyPair, name: str) -> Session:
    """Return a session that the console accepts: a role's, or a federated user's."""
    if isinstance(credentials, Session) and credentials.session_token:
        return credentials
    raise UsageError(
        f"profile '{name}' gives a key pair outside the vault; the console does not accept long-lived keys",
        "store it with shellvault add, or log in with a role",
    )


def _console_duration(chain: Chain) -> int:
    """Return how long the console session should last, in seconds; 0 where AWS does not let the caller decide.

    It does only for a role straight from a key pair.
    """
    if not chain.assumes_role or chain.source is None or chain.source.stored_key is None:
        return 0
    return max(_SHORTEST, min(chain.duration, _LONGEST))
