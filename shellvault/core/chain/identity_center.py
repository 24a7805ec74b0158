"""Profile -> its sign-in to IAM Identity Center, and the role that it takes there. Pure."""

from __future__ import annotations

from shellvault.core.chain.misread_values import refuse_misread
from shellvault.core.chain.sso_links import SignIn, SsoRole
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shellvault.core.model import Profile, ProfileLookup

DEFAULT_SCOPE = "sso:account:access"
_HTTPS_PORT = ":443"
_USUAL_PATH = "start"


def resolve_sso_role(path: Sequence[Profile], lookup: ProfileLookup) -> SsoRole:
    """Return the role that the last of these profiles names, over its sign-in.

    Raises:
        UsageError: its settings are incomplete, or contradict each other.
    """
    profile = path[-1]
    source = resolve_sign_in(profile, lookup)
    for key in ("sso_account_id", "sso_role_name"):
        if not profile.settings.get(key):
            raise UsageError(
                f"profile '{profile.name}' signs in with SSO, but has no {key}",
                f"add {key} = … to [profile {profile.name}], or let shellvault sso profiles write it",
            )
    return SsoRole(
        profile=profile.name,
        source=source,
        account_id=profile.settings["sso_account_id"],
        role_name=profile.settings["sso_role_name"],
        region=source.region,
        endpoint=lookup.endpoint(profile, "sso"),
    )


def resolve_sign_in(profile: Profile, lookup: ProfileLookup) -> SignIn:
    """Return the sign-in that a profile's SSO settings name.

    Raises:
        UsageError: they are incomplete, or contradict each other.
    """
    name = profile.settings.get("sso_session", "")
    session = lookup.section(f"sso-session {name}") if name else {}
    if name and not session:
        from shellvault.core.chain.misread_names import explain_missing  # only for the error

        raise explain_missing(profile.name, "sso_session", name, lookup.headers(), "sso-session")
    if name:
        refuse_misread(name, session, "sso-session")
    settings = _join_settings(profile, name, session)
    scopes = session.get("sso_registration_scopes", "").replace(",", " ").split()
    spelled = settings["sso_start_url"]
    usual = portal_url(spelled)
    return SignIn(
        profile=name or profile.name,
        sso_session=name,
        start_url=usual,
        scopes=tuple(scopes) or (DEFAULT_SCOPE,),
        region=settings["sso_region"].lower(),
        endpoint=lookup.endpoint(profile, "sso_oidc"),
        spelled_url=spelled if spelled != usual else "",
    )


def _join_settings(profile: Profile, name: str, session: Mapping[str, str]) -> dict[str, str]:
    """Return a profile's settings with those of its sso-session, which must not contradict each other."""
    settings = {**profile.settings, **session}
    for key in ("sso_start_url", "sso_region"):
        if name and profile.settings.get(key, "") not in ("", session.get(key, "")):
            raise UsageError(
                f"{key} of profile '{profile.name}' differs from that of [sso-session {name}]",
                f"remove {key} from [profile {profile.name}]",
            )
        if not settings.get(key):
            section = f"[sso-session {name}]" if name else f"[profile {profile.name}]"
            raise UsageError(f"{section} has no {key}", f"add {key} = … to {section}")
    return settings


def portal_url(url: str) -> str:
    """Normalize a portal's URL: people copy it from the address bar, along with whatever the page added, or type it."""
    scheme, separator, rest = url.partition("#")[0].partition("?")[0].partition("://")
    host, *folders = rest.split("/")
    if not separator or not host:
        return url
    path = [folder.lower() if folder.lower() == _USUAL_PATH else folder for folder in folders if folder]
    return f"{scheme.lower()}://{'/'.join((host.lower().removesuffix(_HTTPS_PORT).rstrip('.'), *path))}"
