"""`login`: signs a browser in to the AWS console with a profile's session, or prints the URL that does."""

from __future__ import annotations

import time

from shellvault.argparser import (
    ACCOUNT,
    COMMON,
    DURATION,
    FRESH,
    MFA_TOKEN,
    NO_SESSION,
    PROMPT,
    REGION,
    ROLE,
    ROLE_ARN,
    Command,
    Option,
)
from shellvault.commands.sso_assignments import USE_DEVICE_CODE, describe_sign_in, list_assignments, resolve_portal
from shellvault.compat.awsvault.variables import find_federation_duration
from shellvault.core.chain.federation import resolve_federation
from shellvault.core.chain.sts_parameters import LEGACY_REGION
from shellvault.core.console_urls import destination_url, find_console, login_url, logout_url
from shellvault.core.durations import format_time_left, parse_duration
from shellvault.core.environment import PROFILE
from shellvault.core.errors import NotAskedError, PersonNeededError, UsageError
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.system.process_hardening import protect_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.aws.network import Network
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair
    from shellvault.core.session_broker import SessionBroker
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "login",
    "open the AWS console in the browser",
    positionals=("[PROFILE]",),
    options=(
        Option(
            "--stdout", "print the sign-in URL instead; anyone with the URL can sign in", "-s", also="AWS_VAULT_STDOUT"
        ),
        Option("--path", "the page to show: ec2/home, or a URL of the console", "", "PATH"),
        Option("--auto-logout", "sign out of the console first", "-a", also="AWS_VAULT_AUTO_LOGOUT"),
        DURATION,
        NO_SESSION,
        REGION.replace(help="show this region instead of the profile's"),
        MFA_TOKEN,
        PROMPT,
        FRESH,
        Option("--sso", "sign in to IAM Identity Center instead; PROFILE may be the name of an sso-session"),
        ROLE_ARN,
        ACCOUNT.replace(help="with --sso: open the console of this account instead"),
        ROLE.replace(help="with --sso and --account: with this role"),
        USE_DEVICE_CODE,
        *COMMON,
    ),
    details="""\
  shellvault login prod
  shellvault login                    with the profile of this shell
  shellvault login prod --path s3/buckets
  shellvault login prod --stdout      without a browser here: open the URL elsewhere, within 15 minutes
  shellvault login dev --role-arn arn:aws:iam::123456789012:role/reader    a role without a profile
  shellvault login --sso              sign in to IAM Identity Center instead, as aws sso login does

The console session lasts as long as the profile's session, or --duration for a role straight from a key pair (12h at
most, and no longer than the role's own maximum). A key pair without a role signs in with GetFederationToken.
""",
)

BROWSER_TIMEOUT = 60  # seconds
_WITHOUT_MFA = "signing in without an MFA code, so actions that require MFA will be denied; use a role for them"
_LONGEST, _SHORTEST = 12 * 3600, 900  # AWS: a console session


def run(app: App, arguments: Arguments) -> Answer:
    """Open the console, or return its URL."""
    settings, profiles = app.settings, app.profiles
    held = "" if arguments.has("--sso") else app.request.environ.get(PROFILE, "")
    name = settings.choose_name(arguments.first or held)
    if arguments.has("--sso") and not settings.choose_name(""):
        portal = resolve_portal(name, profiles)
        broker, providers = app.broker(portal.resolved), app.providers(portal.resolved)
        if settings.fresh:
            broker.session(portal.link)
        return Answer(stdout=describe_sign_in(list_assignments(portal, app.storage.session_cache(), broker, providers)))
    protect_memory()  # the page waits for the browser with a URL that signs in
    if not name:
        raise UsageError("no profile given", "shellvault login PROFILE; shellvault list shows the profiles")
    resolved = app.resolve(name)
    page, sign_in = _find_urls(resolved, profiles, settings.region, arguments.get("--path"))
    printing = _printing_line(app.request.words)
    if not arguments.has("--stdout") and not settings.has_local_browser:
        raise NotAskedError("no browser is available on this machine", printing)
    user = resolve_federation(resolved, profiles, _federation_duration(settings))
    if user and resolved.profile.settings.get("mfa_serial"):
        app.ui.notice(_WITHOUT_MFA)
    session = app.with_current_keys(resolved, lambda it: _obtain(it, app.broker(it), app.profiles, settings))
    duration = _console_duration(resolved.chain) if settings.duration else 0
    url = _fetch_url(sign_in, page, session, name, duration, app.network(resolved.profile))
    url = Secret(logout_url(sign_in, url)) if arguments.has("--auto-logout") else url
    if arguments.has("--stdout"):
        return Answer(stdout=f"{url}\n")
    _open_in_browser(url, settings, app.ui, printing)
    ends_at = time.time() + duration if duration else session.expires_at
    lasts = format_time_left(int(ends_at) + 1, time.time())
    return Answer(stdout=f"Opened the console for '{name}'. The session lasts {lasts}.\n")


def _printing_line(words: Sequence[str]) -> str:
    """Return the same command line with the option that prints the URL."""
    place = words.index("--") if "--" in words else len(words)
    return " ".join(["shellvault", *map(quote_word, (*words[:place], "--stdout", *words[place:]))])


def _fetch_url(sign_in: str, page: str, session: Session, name: str, duration: int, network: Network) -> Secret:
    """Return the URL that opens the console."""
    from shellvault.aws.console import fetch_sign_in_token

    token = fetch_sign_in_token(sign_in, session, name, network, duration=duration)
    return Secret(login_url(sign_in, token, page))


def _find_urls(resolved: ResolvedChain, profiles: Profiles, region: str, path: str) -> tuple[str, str]:
    """Return the page to show, and the URL where one signs in."""
    region = region or resolved.profile.settings.get("region", "")
    chain = resolved.chain
    source_region = "" if chain.role_arn or chain.region == LEGACY_REGION else chain.region
    console = find_console(chain.role_arn, region or source_region)
    endpoint = profiles.endpoint(resolved.profile, "signin").rstrip("/")
    return destination_url(console, path, region), endpoint or console.sign_in


def _obtain(resolved: ResolvedChain, broker: SessionBroker, profiles: Profiles, settings: Settings) -> Session:
    """Return the session that signs in: a federated user's if the chain is a key pair, else the chain's own."""
    user = resolve_federation(resolved, profiles, _federation_duration(settings))
    return _require_session(broker.session(user) if user else broker.credentials(resolved.chain), resolved.profile.name)


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


def _open_in_browser(url: Secret, settings: Settings, ui: Ui, printing: str) -> None:
    """Open a page in the browser that leads to the URL, and wait until the browser has loaded it.

    `printing` is the command line that prints the URL instead.
    """
    from shellvault.ui.browser import open_browser
    from shellvault.ui.one_time_redirect import OneTimeRedirect

    with OneTimeRedirect(url, ui.notice) as redirect:
        ui.notice(f"opening the console in the browser; if no window opens, open {redirect.url} on this machine")
        open_browser(redirect.url, settings)
        if not redirect.wait(BROWSER_TIMEOUT):
            raise PersonNeededError(f"the browser did not open the page within {BROWSER_TIMEOUT} s", printing)
