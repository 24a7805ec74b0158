"""`login`: signs a browser in to the AWS console with a profile's session, or prints the URL that does."""

from __future__ import annotations

from functools import partial

from shellvault.argparser import (
    ACCOUNT,
    ANY_SCOPE,
    COMMON,
    DURATION,
    FRESH,
    MFA_TOKEN,
    NO_SESSION,
    PROMPT,
    REGION,
    ROLE,
    ROLE_ARN,
    SESSION_NAME,
    Command,
    Option,
)
from shellvault.commands import VERBS
from shellvault.commands.login_browser import choose_place, open_consoles
from shellvault.commands.login_sign_in import fetch_sign_in, lacks_mfa, obtain_session, plan_sign_in
from shellvault.commands.sso_assignments import USE_DEVICE_CODE, describe_sign_in, list_assignments, resolve_portal
from shellvault.core.console_urls import service_path
from shellvault.core.environment import CHOICE, CREDENTIALS, PROFILE
from shellvault.core.errors import NoProfileError, UsageError
from shellvault.core.ownership import is_ours
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.storage.session_log import HANDED_OVER, note_session
from shellvault.system.process_hardening import protect_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.settings import Settings

_SERVICES = "cloudformation|cloudwatch|dynamodb|ec2|ecs|eks|iam|lambda|rds|s3|secretsmanager|sns|sqs|vpc"
"""What completion offers; any other service can be typed, too."""

COMMAND = Command(
    "login",
    VERBS["login"],
    positionals=("[PROFILE …]",),
    options=(
        Option(
            "--stdout", "print the sign-in URL instead; anyone with the URL can sign in", "-s", also="AWS_VAULT_STDOUT"
        ),
        Option("--path", "the page to show: ec2/home, or a URL of the console", "", "PATH", kind="given"),
        Option("--service", "the service to open, such as ec2", value="NAME", kind="given", offers=_SERVICES),
        Option(
            "--in",
            "container, profile or window: open each console apart from others, in a Firefox container, a browser "
            "profile or a private window of its own",
            "",
            "WHERE",
            "SHELLVAULT_LOGIN_IN",
            kind="login place",
        ),
        Option("--auto-logout", "sign out of the console first", "-a", also="AWS_VAULT_AUTO_LOGOUT"),
        DURATION,
        NO_SESSION,
        REGION.replace(help="show this region instead of the profile's"),
        MFA_TOKEN,
        PROMPT,
        SESSION_NAME,
        FRESH,
        Option("--sso", "sign in to IAM Identity Center instead; PROFILE may be the name of an sso-session"),
        ROLE_ARN,
        ACCOUNT.replace(help="with --sso: open the console of this account instead"),
        ROLE.replace(help="with --sso and --account: with this role"),
        *ANY_SCOPE,
        USE_DEVICE_CODE,
        *COMMON,
    ),
    details="""\
  shellvault login prod
  shellvault login                    with the profile of this shell
  shellvault login prod --service ec2
  shellvault login prod --path s3/buckets
  shellvault login dev prod --in profile
  shellvault login prod --stdout      without a browser here: open the URL elsewhere, within 15 minutes
  shellvault login dev --role-arn arn:aws:iam::123456789012:role/reader    a role without a profile
  shellvault login --sso              sign in to IAM Identity Center instead, as aws sso login does

The console session lasts as long as the profile's session, or --duration for a role straight from a key pair (12h at
most, and no longer than the role's own maximum). A key pair without a role signs in with GetFederationToken.
""",
    offers_profiles=True,
)

_WITHOUT_MFA = "signing in without an MFA code, so actions that require MFA will be denied; use a role for them"


def run(app: App, arguments: Arguments) -> Answer:
    """Open consoles, or return their URLs; the first one only once there is a session for each."""
    if arguments.has("--sso") and not app.settings.choose_name(""):
        portal = resolve_portal(_name_portal(arguments), app.profiles)
        broker, providers = app.broker(portal.resolved), app.providers(portal.resolved)
        if app.settings.fresh:
            broker.session(portal.link)
        return Answer(stdout=describe_sign_in(list_assignments(portal, app.storage.session_cache(), broker, providers)))
    protect_memory()  # the page waits for the browser with a URL that signs in
    names, path = _choose_names(arguments, app.settings, app.request.environ), _choose_path(arguments)
    if not arguments.positionals and (choice := app.settings.choice):
        app = type(app)(app.request, app.settings.replace(choice=choice.keep_held()))
    settings, ui = app.settings, app.ui
    prints = _prints(arguments)
    plans = [plan_sign_in(app.resolve(name), app.profiles, settings, path) for name in names]
    where = None if prints else choose_place(arguments.get("--in"), names, app.request.words, settings)
    if any(lacks_mfa(plan.resolved, app.profiles, settings) for plan in plans):
        ui.notice(_WITHOUT_MFA)
    sessions = [
        app.with_current_keys(plan.resolved, lambda it: obtain_session(it, app.broker(it), app.profiles, settings))
        for plan in plans
    ]
    for plan, session in zip(plans, sessions, strict=True):
        note_session(app.request, settings, HANDED_OVER, plan.profile, plan.resolved.chain, session, "")
    fetch = partial(fetch_sign_in, logs_out=arguments.has("--auto-logout"))
    sign_ins = list(map(fetch, plans, sessions, [app.network(plan.resolved.profile) for plan in plans]))
    if where is None:
        return Answer(stdout="".join(f"{each.url}\n" for each in sign_ins))
    open_consoles(sign_ins, where, settings, ui)
    return Answer(stdout="".join(each.report for each in sign_ins))


def _choose_names(arguments: Arguments, settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Return the profiles whose consoles to open, each once: those named, else this shell's; or a role without one."""
    names = list(dict.fromkeys(arguments.positionals))
    if role := settings.choose_name(""):
        if names[1:]:
            one = "the sso-session" if arguments.has("--sso") else "one PROFILE"
            extra = names[0] if arguments.has("--sso") else names[1]
            raise UsageError(f"login: unexpected argument '{extra}'", f"name only {one} beside a role")
        return [role]
    if not (names := names or _find_held(environ)):
        raise NoProfileError("no profile given", "shellvault login PROFILE; shellvault list shows the profiles")
    return names


def _find_held(environ: Mapping[str, str]) -> list[str]:
    """Return the profile whose session this shell holds, if any.

    Raises:
        UsageError: programs in this shell would use other credentials.
    """
    name = environ.get(PROFILE, "")
    if name and not is_ours(environ) and any(map(environ.get, (*CHOICE, CREDENTIALS[0]))):
        message = f"the credentials in this shell are no longer those of '{name}'"
        raise UsageError(message, f"name the profile: shellvault login {quote_word(name)}")
    return [name] if name else []


def _choose_path(arguments: Arguments) -> str:
    """Return the path of the page to show; empty for the home page."""
    service, path = arguments.get("--service"), arguments.get("--path")
    if service and path:
        raise UsageError("--service and --path both say which page to show", "leave out one of them")
    return service_path(service) if service else path


def _prints(arguments: Arguments) -> bool:
    """Return whether to print the URLs; an option wins over the other one's variable."""
    given = [name for name in ("--stdout", "--in") if arguments.has(name) and name not in arguments.variables]
    if len(given) > 1:
        raise UsageError("--stdout opens nothing, so --in has no meaning", "leave out one of them")
    return arguments.has("--stdout") and given != ["--in"]


def _name_portal(arguments: Arguments) -> str:
    """Return the name given with --sso, if any."""
    for option in ("--service", "--in"):
        if arguments.has(option) and option not in arguments.variables:
            raise UsageError(f"{option} is about the console, which --sso does not open", "leave out one of them")
    if arguments.positionals[1:]:
        extra = arguments.positionals[1]
        raise UsageError(f"login: unexpected argument '{extra}'", "shellvault login --sso [PROFILE] [options]")
    return arguments.first
