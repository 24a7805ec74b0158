"""Profile -> the credentials at the root of its chain: a stored key pair, or one of the sources in `SOURCES`. Pure.

docs/chains.md has the rules as tables. To add a source, add its link and its row in `SOURCES` here, and its provider
in `shellvault.providers`.
"""

from __future__ import annotations

from shellvault.core.chain.links import Link, StoredKey, list_policies
from shellvault.core.chain.sts_parameters import require_role_arn, session_name, sts_region
from shellvault.core.errors import NoKeyPairError, UsageError
from shellvault.core.model import account_in
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import ClassVar

    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Profile, ProfileLookup

    Build = Callable[[Sequence[Profile], ProfileLookup], Link]

STORED = "stored key pair"
ENVIRONMENT, INSTANCE, CONTAINER, LOGIN = "Environment", "Ec2InstanceMetadata", "EcsContainer", "aws login"
WEB_IDENTITY = _TOKEN_FILE, _TOKEN_PROCESS = "web_identity_token_file", "web_identity_token_process"


class WebIdentity(Link, Record):
    """One AssumeRoleWithWebIdentity call, with a token from a file or from a program's output."""

    kind: ClassVar[str] = "sts.AssumeRoleWithWebIdentity"
    service: ClassVar[str] = "sts"
    operation: ClassVar[str] = "assume_role_with_web_identity"
    takes_duration: ClassVar[bool] = True
    assumes_role: ClassVar[bool] = True
    takes_policy: ClassVar[bool] = True
    naming: ClassVar[tuple[str, int]] = ("RoleSessionName", 64)
    profile: str
    role_arn: str
    role_session_name: str
    token_file: str
    token_process: str
    duration: int
    region: str
    endpoint: str
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    scope: str = ""

    @property
    def account(self) -> str:
        """See `Link`."""
        return account_in(self.role_arn)

    def request(self) -> dict[str, object]:
        """See `Link`."""
        return {
            "RoleArn": self.role_arn,
            **({"RoleSessionName": self.role_session_name} if self.role_session_name else {}),
            "DurationSeconds": self.duration,
            **list_policies(self.policy, self.policy_arns),
        }

    def narrowed(self, policy: str, policy_arns: tuple[str, ...], scope: str) -> WebIdentity:
        """See `Link`."""
        return self.replace(policy=policy, policy_arns=policy_arns, scope=scope)

    def with_duration(self, seconds: int) -> WebIdentity:
        """See `Link`."""
        return self.replace(duration=seconds)


class Process(Link, Record):
    """One run of a credential_process."""

    kind: ClassVar[str] = "process"
    is_role_session = False
    profile: str
    command: str


class AmbientCredentials(Link, Record):
    """Credentials of a credential_source, or the session of `aws login`.

    `origin` says which one; `detail` tells two of the same origin apart.
    """

    kind: ClassVar[str] = "provided"
    profile: str
    origin: str
    detail: str
    is_role_session: bool = False

    @property
    def account(self) -> str:
        """See `Link`."""
        return account_in(self.detail) if self.origin == LOGIN else ""


def find_source(profile: Profile, lookup: ProfileLookup) -> str:
    """Return which setting gives a profile credentials of its own, `STORED` for a key pair, or the empty string.

    A key pair under the profile's own name wins, so that a `credential_process` that asks shellvault is no loop. One
    of an included profile comes after the profile's settings.
    """
    if profile.name in lookup.fingerprints:
        return STORED
    settings = profile.settings
    for key in SOURCES:
        if settings.get(key):
            return key
    return "" if lookup.fingerprints.keys().isdisjoint(profile.lineage) else STORED


def resolve_root(path: Sequence[Profile], lookup: ProfileLookup) -> Chain:
    """Return the root credentials for these profiles, the last of which has them.

    A web identity's duration is left open.

    Raises:
        NoKeyPairError: there are none; the hint says what to add.
        UsageError: the settings are incomplete, or a program's way leads back to itself.
    """
    source = find_source(path[-1], lookup)
    if source == STORED:
        name = next(name for name in path[-1].lineage if name in lookup.fingerprints)
        return StoredKey(name=name, fingerprint=lookup.fingerprints[name])
    if source:
        return SOURCES[source](path, lookup)
    raise _no_credentials(path[-1]).lacks(path[-1].name)


def _web_identity(path: Sequence[Profile], lookup: ProfileLookup) -> WebIdentity:
    profile = path[-1]
    settings = profile.settings
    if settings.get(_TOKEN_FILE) and settings.get(_TOKEN_PROCESS):
        raise UsageError(
            f"profile '{profile.name}' has both {_TOKEN_FILE} and {_TOKEN_PROCESS}",
            "remove one of the two lines from the config file",
        )
    if not settings.get("role_arn"):
        key = _TOKEN_FILE if settings.get(_TOKEN_FILE) else _TOKEN_PROCESS
        raise UsageError(
            f"profile '{profile.name}' has a {key}, but no role to assume with it",
            f"add role_arn = … to [profile {profile.name}]",
        )
    require_role_arn(settings["role_arn"], f"role_arn of profile '{profile.name}'")
    if settings.get(_TOKEN_PROCESS):
        _refuse_loop(path, lookup, _TOKEN_PROCESS)
    endpoint = lookup.endpoint(profile)
    return WebIdentity(
        profile=profile.name,
        role_arn=settings.get("role_arn", ""),
        role_session_name=session_name(profile),
        token_file=settings.get(_TOKEN_FILE, ""),
        token_process=settings.get(_TOKEN_PROCESS, ""),
        duration=0,
        region=sts_region(profile, settings.get("role_arn", ""), endpoint),
        endpoint=endpoint,
    )


def _process(path: Sequence[Profile], lookup: ProfileLookup) -> Process:
    _refuse_loop(path, lookup, "credential_process")
    return Process(profile=path[-1].name, command=path[-1].settings["credential_process"])


def _aws_login(path: Sequence[Profile], _lookup: ProfileLookup) -> AmbientCredentials:
    return AmbientCredentials(profile=path[-1].name, origin=LOGIN, detail=path[-1].settings["login_session"])


def _ambient(path: Sequence[Profile], lookup: ProfileLookup) -> AmbientCredentials:
    name, settings = path[-1].name, path[-1].settings
    origin = settings["credential_source"]
    if origin not in (ENVIRONMENT, INSTANCE, CONTAINER):
        raise UsageError(
            f"credential_source of profile '{name}' is '{origin}'", f"use {ENVIRONMENT}, {INSTANCE} or {CONTAINER}"
        )
    if not settings.get("role_arn"):
        raise UsageError(
            f"profile '{name}' has a credential_source, but no role to assume with it",
            f"add role_arn = … to [profile {name}]",
        )
    detail = lookup.environment_digest() if origin == ENVIRONMENT else ""
    return AmbientCredentials(name, origin, detail, is_role_session=origin in (INSTANCE, CONTAINER))


def _identity_center(path: Sequence[Profile], lookup: ProfileLookup) -> Chain:
    from shellvault.core.chain.identity_center import resolve_sso_role  # most profiles have no SSO settings

    return resolve_sso_role(path, lookup)


SOURCES: Mapping[str, Build] = {
    _TOKEN_FILE: _web_identity,
    _TOKEN_PROCESS: _web_identity,
    "sso_session": _identity_center,
    "sso_start_url": _identity_center,
    "login_session": _aws_login,
    "credential_process": _process,
    "credential_source": _ambient,
}
"""Setting -> builder of the root link; the first one that the profile has is used."""


def _refuse_loop(path: Sequence[Profile], lookup: ProfileLookup, key: str) -> None:
    """Refuse to run a program that is waiting for this very command."""
    asked, name = lookup.asked_for(), path[-1].name
    running = [profile.settings.get(key) for asker in asked if (profile := lookup.profile(asker))]
    if path[-1].settings[key] in running:
        from shellvault.core.text import quote_word

        raise UsageError(
            f"{key} loops: {' -> '.join([*asked, *(profile.name for profile in path)])}",
            f"change {key} of '{name}' to a program other than shellvault, or: shellvault add {quote_word(name)}",
        )


def _no_credentials(profile: Profile) -> NoKeyPairError:
    from shellvault.core.text import quote_word

    add = f"shellvault add {quote_word(profile.name)}"
    if profile.settings.get("role_arn"):
        return NoKeyPairError(
            f"profile '{profile.name}' has a role_arn, but no source of credentials",
            f"add source_profile = NAME to [profile {profile.name}], or run: {add}",
        )
    return NoKeyPairError(f"no key pair is stored for profile '{profile.name}'", add)
