"""`login`: signs a browser in to the AWS console with a profile's session, or prints the URL that does."""

from __future__ import annotations

import time

from shellvault.argparser import DURATION, EVERYWHERE, MFA_TOKEN, NO_SESSION, PROMPT, REGION, Command, Option
from shellvault.awsconfig.endpoints import ca_bundle, is_loopback
from shellvault.commands import Answer
from shellvault.commands import login_sso as ssologin
from shellvault.core import partitions as console
from shellvault.core.chain.federation import resolve_federation
from shellvault.core.chain.links import AssumeRole, StoredKey, WebIdentity
from shellvault.core.durations import format_time_left
from shellvault.core.errors import NotAskedError, PersonNeededError, UsageError, quote_word
from shellvault.core.model import Session
from shellvault.core.record import Secret
from shellvault.ui.browser import has_local_browser, open_browser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain

COMMAND = Command(
    "login",
    "open the AWS console in the browser",
    positionals=("[PROFILE]",),
    options=(
        Option("--stdout", "print the sign-in URL instead; whoever has it is signed in", "-s", also="AWS_VAULT_STDOUT"),
        Option("--path", "the page to show: ec2/home, or a URL of the console", "", "PATH"),
        Option("--auto-logout", "sign out of the console first", "-a", also="AWS_VAULT_AUTO_LOGOUT"),
        DURATION,
        NO_SESSION,
        REGION.replace(help="the region to show, over the profile's"),
        MFA_TOKEN,
        PROMPT,
        *ssologin.OPTIONS,
        *EVERYWHERE,
    ),
    details="""\
  shellvault login prod
  shellvault login prod --path s3/buckets
  shellvault login prod --stdout      where there is no browser: open it elsewhere, within 15 minutes
  shellvault login --sso              to IAM Identity Center instead, as aws sso login does

The console's session lasts as long as the profile's, or --duration for a role straight from a key pair (12h at most,
and no longer than the role's own maximum). A key pair without a role signs in by GetFederationToken.
""",
)

PATIENCE = 60  # seconds in which the browser has to come
_LONGEST, _SHORTEST = 12 * 3600, 900  # AWS: a console session


def run(app: App, arguments: Arguments) -> Answer:
    """Open the console, or return its URL."""
    if arguments.has("--sso"):
        return ssologin.sign_in(app, arguments)
    name = arguments.first
    if not name:
        raise UsageError("which profile?", "shellvault login PROFILE; shellvault list shows them")
    if not arguments.has("--stdout") and not has_local_browser(app.environ):
        raise NotAskedError("there is no browser here to open", f"shellvault login {quote_word(name)} --stdout")
    plan = app.plan(name)
    page, sign_in = _places(app, plan, arguments)
    url, lasts = _sign_in(app, plan, sign_in, page)
    if arguments.has("--auto-logout"):
        url = Secret(console.logout_url(sign_in, url))
    if arguments.has("--stdout"):
        return Answer(f"{url}\n")
    _hand_over(app, name, url)
    return Answer(f"The browser has the console for '{name}'; its session lasts {lasts}.\n")


def _places(app: App, plan: ResolvedChain, arguments: Arguments) -> tuple[str, str]:
    """Return the page to show, and the address where one signs in."""
    region = arguments.get("--region") or plan.profile.get("region")
    chain = plan.chain
    arn = chain.role_arn if isinstance(chain, AssumeRole | WebIdentity) else ""
    place = console.partition_console(arn, region or _own_region(chain))
    endpoint = app.book().endpoint(plan.profile, "signin").rstrip("/")
    if is_loopback(endpoint):
        app.notice(f"the sign-in is at {endpoint}, not at AWS")
    return console.destination(place, arguments.get("--path"), region), endpoint or place.sign_in


def _own_region(chain: Chain) -> str:
    """Return the region whose service gives a chain its session, where a role's arn says no partition."""
    if isinstance(chain, AssumeRole | WebIdentity | StoredKey):
        return ""
    region = getattr(chain, "region", "")
    return "" if region == "aws-global" else str(region)


def _sign_in(app: App, plan: ResolvedChain, sign_in: str, page: str) -> tuple[Secret, str]:
    """Return the URL that opens the console, and how long its session lasts."""
    from shellvault.aws.console import fetch_sign_in_token

    session = _session(app, plan)
    duration = _duration(app, plan.chain)
    trusted = ca_bundle(plan.profile, app.environ)
    token = fetch_sign_in_token(sign_in, session, plan.profile.name, duration=duration, ca_bundle=trusted)
    ends_at = time.time() + duration if duration else session.expires_at
    return Secret(console.login_url(sign_in, token, page)), format_time_left(int(ends_at) + 1, time.time())


def _session(app: App, plan: ResolvedChain) -> Session:
    """Return a session that the console takes: a role's, or a federated user's."""
    standing = app.environ.get("AWS_FEDERATION_TOKEN_TTL", "")
    link = resolve_federation(plan, app.book(), app.arguments.get("--duration"), standing)
    if link is None:
        found = app.credentials(plan)
        if isinstance(found, Session) and found.session_token:
            return found
        raise UsageError(
            f"profile '{plan.profile.name}' gives a key pair that is not in the vault, which the console does not take",
            "store it with shellvault add, or log in with a role",
        )
    if plan.profile.get("mfa_serial"):
        app.notice("a key pair signs in without its MFA code: what asks for MFA stays closed; take a role for it")
    return app.vault(plan).session(link)


def _duration(app: App, chain: Chain) -> int:
    """Return how long the console's session is to last, where AWS lets it be said: not over another session."""
    if not app.arguments.get("--duration") or not isinstance(chain, AssumeRole):
        return 0
    if not isinstance(chain.source, StoredKey):
        return 0
    return max(_SHORTEST, min(chain.duration, _LONGEST))


def _hand_over(app: App, name: str, url: Secret) -> None:
    """Open a page in the browser that leads to the URL, and wait until the browser has been there."""
    from shellvault.ui.one_time_redirect import OneTimeRedirect

    with OneTimeRedirect(url) as handover:
        app.notice(f"opening the console in the browser; if none comes up, open {handover.url} on this machine")
        open_browser(handover.url, app.environ)
        if not handover.wait(PATIENCE):
            raise PersonNeededError(
                f"no browser came for the page within {PATIENCE} s", f"shellvault login {quote_word(name)} --stdout"
            )
