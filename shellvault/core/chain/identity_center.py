"""Profile -> its sign-in to IAM Identity Center, and the role that it takes there. Pure."""

from __future__ import annotations

from shellvault.core.chain.links import SignIn, SsoRole
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile

DEFAULT_SCOPE = "sso:account:access"


def resolve_sso_role(profile: Profile, book: Profiles) -> SsoRole:
    """Return the role that a profile's SSO settings name, over its sign-in.

    Raises:
        UsageError: they do not suffice, or contradict each other.
    """
    source = resolve_sign_in(profile, book)
    for key in ("sso_account_id", "sso_role_name"):
        if not profile.get(key):
            raise UsageError(
                f"profile '{profile.name}' signs in with SSO, but has no {key}",
                f"add {key} = … to [profile {profile.name}]; shellvault sso profiles writes all of them",
            )
    return SsoRole(
        profile=profile.name,
        source=source,
        account_id=profile.get("sso_account_id"),
        role_name=profile.get("sso_role_name"),
        region=source.region,
        endpoint=book.endpoint(profile, "sso"),
    )


def resolve_sign_in(profile: Profile, book: Profiles) -> SignIn:
    """Return the sign-in that a profile's SSO settings name.

    Raises:
        UsageError: they do not suffice, or contradict each other.
    """
    name = profile.get("sso_session")
    session = book.section(f"sso-session {name}") if name else {}
    if name and not session:
        raise UsageError(
            f"profile '{profile.name}' names sso_session '{name}', which is not in the config file",
            f"add [sso-session {name}] with sso_start_url and sso_region",
        )
    settings = {**profile.settings, **session}
    for key in ("sso_start_url", "sso_region"):
        if name and profile.get(key) not in ("", session.get(key, "")):
            raise UsageError(
                f"{key} of profile '{profile.name}' is not that of [sso-session {name}]",
                f"take {key} out of [profile {profile.name}]",
            )
        if not settings.get(key, "").strip():
            where = f"[sso-session {name}]" if name else f"[profile {profile.name}]"
            raise UsageError(f"{where} has no {key}", f"add {key} = … to {where}")
    scopes = session.get("sso_registration_scopes", "").replace(",", " ").split()
    return SignIn(
        profile=name or profile.name,
        name=name,
        start_url=settings["sso_start_url"].strip(),
        scopes=tuple(scopes) or (DEFAULT_SCOPE,),
        region=settings["sso_region"].strip(),
        endpoint=book.endpoint(profile, "sso_oidc"),
    )
