"""Profile -> what stands at the foot of its chain: a key pair, or one of the other sources of credentials. Pure.

docs/chains.md has the rules as tables.
"""

from __future__ import annotations

from shellvault.core.chain.identity_center import resolve_sso_role
from shellvault.core.chain.links import AmbientCredentials, Process, StoredKey, WebIdentity
from shellvault.core.chain.sts_parameters import role_session_name, sts_region
from shellvault.core.errors import NoKeyPairError, UsageError, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Profile

ENVIRONMENT, INSTANCE, CONTAINER, LOGIN = "Environment", "Ec2InstanceMetadata", "EcsContainer", "aws login"
_WEB_IDENTITY = ("web_identity_token_file", "web_identity_token_process")
_OTHERS = ("sso_session", "sso_start_url", "login_session", "credential_process", "credential_source")


def is_web_identity(profile: Profile) -> bool:
    """Say whether a profile's role is assumed with a web identity's token."""
    return bool(profile.get("role_arn")) and any(profile.get(key) for key in _WEB_IDENTITY)


def own_source(profile: Profile, book: Profiles) -> str:
    """Return which of a profile's settings gives it credentials without another profile, `key` for a key pair.

    A key pair under the profile's own name wins, so that a `credential_process` which asks shellvault is no circle; one
    of a profile that it includes stands behind the profile's settings.
    """
    if book.fingerprint(profile.name):
        return "key"
    if is_web_identity(profile):
        return "web identity"
    named = next((key for key in _OTHERS if profile.get(key)), "")
    return named or ("key" if any(book.fingerprint(name) for name in profile.lineage) else "")


def root_credentials(steps: Sequence[Profile], book: Profiles) -> Chain:
    """Return what stands at the foot of the chain for these profiles, the last of which has it.

    A web identity's duration is left open.

    Raises:
        NoKeyPairError: there is nothing; the hint says what to add.
        UsageError: the settings do not suffice, or a program's way leads back to itself.
    """
    last = steps[-1]
    source = own_source(last, book)
    if source == "key":
        return _stored_key(last, book)
    if source == "web identity":
        if last.get("web_identity_token_process"):
            _refuse_circle(steps, book, "web_identity_token_process")
        return _web_identity(last, book)
    if source in ("sso_session", "sso_start_url"):
        return resolve_sso_role(last, book)
    if source == "credential_process":
        _refuse_circle(steps, book, source)
        return Process(profile=last.name, command=last.get(source))
    if source == "login_session":
        return AmbientCredentials(profile=last.name, provider=LOGIN, detail=last.get(source))
    if source == "credential_source":
        return _provided(last, book)
    raise _nothing(last)


def _stored_key(profile: Profile, book: Profiles) -> StoredKey:
    name = next(name for name in profile.lineage if book.fingerprint(name))
    return StoredKey(name=name, fingerprint=book.fingerprint(name))


def _web_identity(profile: Profile, book: Profiles) -> WebIdentity:
    file, process = (profile.get(key) for key in _WEB_IDENTITY)
    if file and process:
        raise UsageError(
            f"profile '{profile.name}' has both {' and '.join(_WEB_IDENTITY)}",
            "take one of the two lines out of the config file",
        )
    return WebIdentity(
        profile=profile.name,
        role_arn=profile.get("role_arn"),
        role_session_name=role_session_name(profile),
        token_file=file,
        token_process=process,
        duration=0,
        region=sts_region(profile, profile.get("role_arn"), book.endpoint(profile)),
        endpoint=book.endpoint(profile),
    )


def _provided(profile: Profile, book: Profiles) -> AmbientCredentials:
    provider = profile.get("credential_source")
    if provider not in (ENVIRONMENT, INSTANCE, CONTAINER):
        raise UsageError(
            f"credential_source of profile '{profile.name}' is '{provider}'",
            f"write {ENVIRONMENT}, {INSTANCE} or {CONTAINER}",
        )
    if not profile.get("role_arn"):
        raise UsageError(
            f"profile '{profile.name}' has a credential_source, but no role to assume with it",
            f"add role_arn = … to [profile {profile.name}]",
        )
    return AmbientCredentials(
        profile=profile.name, provider=provider, detail=book.surroundings() if provider == ENVIRONMENT else ""
    )


def _refuse_circle(steps: Sequence[Profile], book: Profiles, key: str) -> None:
    asked, path = book.asked(), [step.name for step in steps]
    running = [profile.get(key) for name in asked if (profile := book.profile(name))]
    if steps[-1].get(key) in running:  # it waits for us, and we would wait for it
        raise UsageError(
            f"{key} goes in a circle: {' -> '.join([*asked, *path])}",
            f"let {key} of '{path[-1]}' run a program that asks elsewhere, or: shellvault add {quote_word(path[-1])}",
        )


def _nothing(profile: Profile) -> NoKeyPairError:
    if profile.get("role_arn"):
        return NoKeyPairError(
            f"profile '{profile.name}' has a role_arn but no key pair leads to it",
            f"add source_profile = NAME to [profile {profile.name}], or run: shellvault add {quote_word(profile.name)}",
        )
    return NoKeyPairError(
        f"no key pair is stored for profile '{profile.name}'", f"shellvault add {quote_word(profile.name)}"
    )
