"""Profile -> chain: the ordered steps from its foot to the profile's session. Pure; docs/chains.md has the rules."""

from __future__ import annotations

from shellvault.core.chain.links import AmbientCredentials, AssumeRole, SessionToken, SsoRole, StoredKey, WebIdentity
from shellvault.core.chain.root_credentials import CONTAINER, INSTANCE, root_credentials
from shellvault.core.chain.source_profiles import source_profiles
from shellvault.core.chain.sts_parameters import role_session_name, sts_region
from shellvault.core.durations import parse_duration
from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.links import Chain
    from shellvault.core.model import Profile


HOUR = 3600
MFA_SESSION = 12 * HOUR  # one code a day
LONGEST_SESSION_TOKEN = 36 * HOUR  # AWS, GetSessionToken
LONGEST_ROLE = 12 * HOUR  # AWS, AssumeRole
LONGEST_CHAINED_ROLE = HOUR  # AWS: role chaining, over a role's session and over a session token alike

_ROLE_SESSIONS = (SessionToken, AssumeRole, SsoRole, WebIdentity)
"""What AWS counts as chaining, when a role is assumed over it."""


class SessionOptions(Record):
    """What is asked beyond the profile; lengths of time are in seconds, and 0 leaves them open.

    `duration` is for the profile asked for; `role` for every role, `token` for a key pair's own session, `shared_token`
    for the one below roles. `every_profile` and `own_profile` are settings that stand over those of the config file.
    """

    duration: int = 0
    no_session: bool = False
    role: int = 0
    token: int = 0
    shared_token: int = 0
    every_profile: tuple[tuple[str, str], ...] = ()
    own_profile: tuple[tuple[str, str], ...] = ()


class ResolvedChain(Record):
    """A chain, the profile it serves, and those it went by on its way down.

    `notices` say what AWS's limits changed about the wish; `mfa_process` prints MFA codes.
    """

    profile: Profile
    path: tuple[str, ...]
    chain: Chain
    notices: tuple[str, ...]
    mfa_process: str = ""


def resolve(name: str, book: Profiles, wish: SessionOptions) -> ResolvedChain:
    """Return the chain that gives `name` its session.

    Raises:
        NoSuchProfileError: the name is unknown.
        NoKeyPairError: nothing that gives credentials leads to the profile.
        UsageError: the config file contradicts itself.
    """
    steps = _wished(source_profiles(name, book), wish)
    assembly = _ChainBuilder(steps, book, wish)
    chain = assembly.chain()
    path = tuple(step.name for step in steps)
    return ResolvedChain(steps[0], path, chain, tuple(assembly.notices), mfa_process=_nearest(steps, "mfa_process"))


def _wished(steps: list[Profile], wish: SessionOptions) -> list[Profile]:
    """Return the profiles with the settings that are wished over theirs."""
    if not wish.every_profile and not wish.own_profile:
        return steps
    everywhere = [step.replace(settings={**step.settings, **dict(wish.every_profile)}) for step in steps]
    own = everywhere[0].replace(settings={**everywhere[0].settings, **dict(wish.own_profile)})
    return [own, *everywhere[1:]]


class _ChainBuilder:
    """Puts one chain together, and notes on the way what AWS's limits change about the wish."""

    def __init__(self, steps: list[Profile], book: Profiles, wish: SessionOptions) -> None:
        self.notices: list[str] = []
        self._steps = steps
        self._book = book
        self._wish = wish
        self._serial = _nearest(steps, "mfa_serial")

    def chain(self) -> Chain:
        """Return the chain."""
        base = root_credentials(self._steps, self._book)
        roles = [step for step in reversed(self._steps) if step.get("role_arn")]
        if isinstance(base, WebIdentity):
            base = base.replace(duration=self._role_duration(roles[0], LONGEST_ROLE, " with a web identity"))
            roles = roles[1:]
        if roles:
            return self._assumed(self._below(base, roles[0]), roles)
        if isinstance(base, StoredKey):
            return base if self._wish.no_session else self._own_token(base)
        if self._wish.duration and not isinstance(base, WebIdentity):
            self.notices.append(f"--duration changes nothing: who gives '{self._steps[0].name}' its session decides it")
        return base

    def _below(self, base: Chain, lowest: Profile) -> Chain:
        """Return what the lowest role is assumed over: an MFA session that others share, or the foot itself.

        Over a session token AWS would cap a role at an hour, and without MFA none is needed.
        """
        shares = self._serial and not self._wish.no_session and self._wished(lowest) <= LONGEST_CHAINED_ROLE
        if isinstance(base, StoredKey) and shares:
            return self._session_token(self._steps[-1], base, self._wish.shared_token)
        return base

    def _own_token(self, base: StoredKey) -> SessionToken:
        return self._session_token(self._steps[0], base, self._wish.duration or self._wish.token)

    def _assumed(self, chain: Chain, roles: list[Profile]) -> Chain:
        """Return the chain with these roles on top, the lowest first; only that one may take a code of its own."""
        for role in roles:
            chained = _is_role_session(chain)
            longest, how = (LONGEST_CHAINED_ROLE, " over another role") if chained else (LONGEST_ROLE, "")
            duration = self._role_duration(role, longest, how)
            chain = _assume_role(role, chain, "" if chained else self._serial, duration, self._book)
        return chain

    def _session_token(self, profile: Profile, key: StoredKey, wished: int) -> SessionToken:
        configured = 0 if profile.get("role_arn") else _configured(profile)  # a role's duration is the role's
        duration = wished or configured or (MFA_SESSION if self._serial else HOUR)
        endpoint = self._book.endpoint(profile)
        return SessionToken(
            profile=key.name,
            source=key,
            mfa_serial=self._serial,
            duration=self._capped(duration, LONGEST_SESSION_TOKEN, f"a session token for '{profile.name}'"),
            region=sts_region(profile, self._serial or profile.get("role_arn"), endpoint),
            endpoint=endpoint,
        )

    def _wished(self, role: Profile) -> int:
        own = self._wish.duration if role is self._steps[0] else 0
        return own or self._wish.role or _configured(role) or HOUR

    def _role_duration(self, role: Profile, longest: int, how: str) -> int:
        return self._capped(self._wished(role), longest, f"role '{role.name}'{how}")

    def _capped(self, duration: int, longest: int, what: str) -> int:
        if duration <= longest:
            return duration
        self.notices.append(f"{what} lasts {longest // HOUR} h at most; {duration / HOUR:g} h were asked for")
        return longest


def _is_role_session(chain: Chain) -> bool:
    if isinstance(chain, AmbientCredentials):
        return chain.provider in (INSTANCE, CONTAINER)
    return isinstance(chain, _ROLE_SESSIONS)


def _assume_role(profile: Profile, source: Chain, serial: str, duration: int, book: Profiles) -> AssumeRole:
    arn, endpoint = profile.get("role_arn"), book.endpoint(profile)
    return AssumeRole(
        profile=profile.name,
        source=source,
        role_arn=arn,
        role_session_name=role_session_name(profile),
        external_id=profile.get("external_id"),
        mfa_serial=serial,
        duration=duration,
        session_tags=_tags(profile),
        transitive_session_tags=_listed(profile.get("transitive_session_tags")),
        source_identity=profile.get("source_identity"),
        region=sts_region(profile, arn, endpoint),
        endpoint=endpoint,
    )


def _nearest(steps: list[Profile], key: str) -> str:
    """Return a setting of the profile asked for, or of the first one below it that has it."""
    return next((text for step in steps if (text := step.get(key))), "")


def _configured(profile: Profile) -> int:
    text = profile.get("duration_seconds")
    return parse_duration(text, f"duration_seconds of profile '{profile.name}'") if text else 0


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for item in text.split(",") if (part := item.strip()))


def _tags(profile: Profile) -> tuple[tuple[str, str], ...]:
    tags = []
    for item in _listed(profile.get("session_tags")):
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"session_tags of profile '{profile.name}': '{item}' is not a tag",
                "write session_tags = Key=value,Other=value",
            )
        tags.append((key.strip(), value.strip()))
    return tuple(tags)
