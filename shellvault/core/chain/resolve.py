"""Profile -> chain: the ordered links from root credentials to the profile's session. Pure; see docs/chains.md."""

from __future__ import annotations

from shellvault.core.chain.links import AssumeRole, SessionToken
from shellvault.core.chain.root_credentials import resolve_root
from shellvault.core.chain.source_profiles import source_profiles
from shellvault.core.chain.sts_parameters import (
    HOUR,
    SCOPED,
    SHORTEST,
    configured_duration,
    is_iam_arn,
    parse_list,
    parse_tags,
    require_duration,
    require_mfa_serial,
    session_name,
    sts_region,
    wrong_role_arn,
)
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain, StoredKey
    from shellvault.core.model import Profile, ProfileLookup
    from shellvault.core.scope import Scope

MFA_SESSION = 12 * HOUR  # one code a day
LONGEST_SESSION_TOKEN = 36 * HOUR  # AWS, GetSessionToken
LONGEST_ROLE = 12 * HOUR  # AWS, AssumeRole
_MISREAD = ("\n", " #", " ;", "\t#", "\t;", '"', "'")  # in values that AWS's programs may read otherwise than meant
LONGEST_CHAINED_ROLE = HOUR  # AWS: role chaining, over a role's session and over a session token alike


class SessionOptions(Record):
    """What was asked for beyond the profile; durations are in seconds, and 0 leaves them open.

    `duration` is for the requested profile, `role` for every role, `token` for a key pair's own session, and
    `shared_token` for the one below roles. The settings in `every_profile` and `own_profile` override the config file,
    and `scope` and `session_name` override what the requested profile says about its session. `is_whole` leaves out
    whatever narrows it.
    """

    duration: int = 0
    no_session: bool = False
    role: int = 0
    token: int = 0
    shared_token: int = 0
    every_profile: tuple[tuple[str, str], ...] = ()
    own_profile: tuple[tuple[str, str], ...] = ()
    scope: Scope | None = None
    session_name: str = ""
    is_whole: bool = False


class ResolvedChain(Record):
    """A chain, the profile it serves, and the names of the profiles it passes on the way down.

    `notices` say what AWS's limits changed about the options; `mfa_process` is the command that prints MFA codes.
    `endpoint` is where its sessions come from: each endpoint that is not AWS's own, the last one first. `scope` is what
    narrows them, if anything.
    """

    profile: Profile
    path: tuple[str, ...]
    chain: Chain
    notices: tuple[str, ...]
    mfa_process: str = ""
    endpoint: str = ""
    scope: Scope | None = None


def resolve(name: str, lookup: ProfileLookup, options: SessionOptions) -> ResolvedChain:
    """Return the chain that gives the profile `name` its session.

    Raises:
        NoSuchProfileError: the name is unknown.
        NoKeyPairError: no source of credentials leads to the profile.
        UsageError: the config file contradicts itself.
    """
    path, mfa_process = source_profiles(name, lookup), ""
    for profile in path:
        mfa_process = mfa_process or profile.settings.get("mfa_process", "")
        values = "".join(profile.settings.values())
        if [sign for sign in _MISREAD if sign in values]:
            from shellvault.core.chain.misread_values import refuse_misread  # for rare values, most of them mistakes

            refuse_misread(profile.name, profile.settings)
    if options.every_profile or options.own_profile or options.session_name:
        path = _override(path, options)
    root, builder = resolve_root(path, lookup), _ChainBuilder(path, lookup, options)
    chain = builder.build(root)
    names = tuple([profile.name for profile in path])
    endpoints: list[str] = []
    link: Chain | None = chain
    while link:
        if link.endpoint and link.endpoint not in endpoints:
            endpoints.append(link.endpoint)
        link = link.source
    found = ResolvedChain(path[0], names, chain, tuple(builder.notices), mfa_process, " ".join(endpoints))
    is_plain = not options.scope and not options.session_name and SCOPED.isdisjoint(path[0].settings)
    return found if is_plain or options.is_whole else _narrow(found, lookup, options)


def _narrow(resolved: ResolvedChain, lookup: ProfileLookup, options: SessionOptions) -> ResolvedChain:
    """Return the chain with its session narrowed, and say where AWS does not take the name that was asked for."""
    from shellvault.core.chain.narrowing import narrow  # few sessions are narrowed

    chain, notices, scope = resolved.chain, list(resolved.notices), options.scope
    if scope or not SCOPED.isdisjoint(resolved.profile.settings):
        scope = scope or lookup.scope(resolved.profile)
        chain, further = narrow(chain, scope, resolved.profile, lookup, options.duration)
        notices += further
    if options.session_name and not chain.naming[0]:
        notices.append(f"--session-name has no effect: AWS gives the session of '{resolved.profile.name}' no name")
    return resolved.replace(chain=chain, notices=tuple(notices), scope=scope)


def _override(path: list[Profile], options: SessionOptions) -> list[Profile]:
    every, own = dict(options.every_profile), dict(options.own_profile)
    own |= {"role_session_name": options.session_name} if options.session_name else {}
    first, *others = path
    return [
        first.replace(settings={**first.settings, **every, **own}),
        *(profile.replace(settings={**profile.settings, **every}) for profile in others),
    ]


class _ChainBuilder:
    """Builds one chain, and collects what AWS's limits change about the options."""

    def __init__(self, path: list[Profile], lookup: ProfileLookup, options: SessionOptions) -> None:
        self.notices: list[str] = []
        self._path = path
        self._lookup = lookup
        self._options = options
        self._serial = next(filter(None, [profile.settings.get("mfa_serial") for profile in path]), "")
        self._top: Profile | None = None

    def build(self, chain: Chain) -> Chain:
        """Return the chain on top of these root credentials."""
        roles = [profile for profile in reversed(self._path) if profile.settings.get("role_arn")]
        if self._path[1:] and roles and roles[0] is self._path[-1] and (key := chain.stored_key):
            is_plain = key.name == roles[0].name and not self._path[-2].takes_session
            roles = roles[is_plain:]  # as in botocore, a source with a key pair uses that
        self._top = roles[-1] if roles else None
        if self._serial and (roles or chain.stored_key):
            self._require_serial()
        if chain.assumes_role:
            duration = self._requested(roles[0])
            if not SHORTEST <= duration <= LONGEST_ROLE:
                duration = self._fit(duration, LONGEST_ROLE, f"role '{roles[0].name}' with a web identity")
            chain, roles = chain.with_duration(duration), roles[1:]
        if roles and self._serial and (key := chain.stored_key):
            chain = self._share_mfa_session(key, roles[0])
        return self._assume_roles(chain, roles) if roles else self._use_root(chain)

    def _use_root(self, chain: Chain) -> Chain:
        """Return a key pair's own session, or the key pair itself if requested; return other roots unchanged."""
        key = chain.stored_key
        if key and not self._options.no_session:
            return self._session_token(self._path[0], key, self._options.duration or self._options.token)
        if not key and self._options.duration and not chain.takes_duration:
            self.notices.append(f"--duration has no effect: the source of '{self._path[0].name}' sets the duration")
        return chain

    def _require_serial(self) -> None:
        """Refuse an `mfa_serial` that cannot be a device's, whichever profile has it."""
        owner = next(profile for profile in self._path if profile.settings.get("mfa_serial"))
        require_mfa_serial(self._serial, f"mfa_serial of profile '{owner.name}'")

    def _share_mfa_session(self, key: StoredKey, lowest: Profile) -> Chain:
        """Return what the lowest role is assumed over: an MFA session that other roles share, or the key pair itself.

        Over a session token AWS would cap a role at an hour, and without MFA none is needed.
        """
        if self._options.no_session or self._requested(lowest) > LONGEST_CHAINED_ROLE:
            return key
        return self._session_token(self._path[-1], key, self._options.shared_token)

    def _assume_roles(self, chain: Chain, roles: list[Profile]) -> Chain:
        """Return the chain with these roles on top, the lowest first; only that one may take an MFA code of its own."""
        for profile in roles:
            settings, arn = profile.settings, profile.settings["role_arn"]
            chained = chain.is_role_session
            longest, how = (LONGEST_CHAINED_ROLE, " over another role") if chained else (LONGEST_ROLE, "")
            duration, endpoint = self._requested(profile), self._lookup.endpoint(profile)
            if not SHORTEST <= duration <= longest:
                duration = self._fit(duration, longest, f"role '{profile.name}'{how}")
            if not is_iam_arn(arn, "role/"):
                raise wrong_role_arn(arn, f"role_arn of profile '{profile.name}'")
            tags, transitive = settings.get("session_tags"), settings.get("transitive_session_tags")
            chain = AssumeRole(
                profile=profile.name,
                source=chain,
                role_arn=arn,
                role_session_name=session_name(profile) if "role_session_name" in settings else "",
                external_id=settings.get("external_id", ""),
                mfa_serial="" if chained else self._serial,
                duration=duration,
                session_tags=parse_tags(profile.name, tags) if tags else (),
                transitive_session_tags=parse_list(transitive) if transitive else (),
                source_identity=settings.get("source_identity", ""),
                region=sts_region(profile, arn, endpoint),
                endpoint=endpoint,
            )
        return chain

    def _session_token(self, profile: Profile, key: StoredKey, requested: int) -> SessionToken:
        settings = profile.settings
        role_arn = settings.get("role_arn", "")
        configured = not role_arn and "duration_seconds" in settings and self._configured(profile)  # else the role's
        duration = requested or configured or (MFA_SESSION if self._serial else HOUR)
        if not SHORTEST <= duration <= LONGEST_SESSION_TOKEN:
            duration = self._fit(duration, LONGEST_SESSION_TOKEN, f"a session token for '{profile.name}'")
        endpoint = self._lookup.endpoint(profile)
        return SessionToken(
            profile=key.name,
            source=key,
            mfa_serial=self._serial,
            duration=duration,
            region=sts_region(profile, self._serial or role_arn, endpoint),
            endpoint=endpoint,
        )

    def _requested(self, profile: Profile) -> int:
        own = self._options.duration if profile is self._path[0] else 0
        role = self._options.role
        if role > LONGEST_CHAINED_ROLE and profile is not self._top:
            role = LONGEST_CHAINED_ROLE  # the role above it lasts no longer, and its own maximum may be less
        return own or role or ("duration_seconds" in profile.settings and self._configured(profile)) or HOUR

    def _configured(self, profile: Profile) -> int:
        seconds, notice = configured_duration(profile)
        if notice and notice not in self.notices:
            self.notices.append(notice)
        return seconds

    def _fit(self, duration: int, longest: int, what: str) -> int:
        """Return a duration that AWS grants: the longest one if more was requested.

        Raises:
            UsageError: it is shorter than any that AWS grants.
        """
        require_duration(duration, what)
        if duration > longest:
            self.notices.append(f"{what} lasts {longest // HOUR} h at most; {duration / HOUR:g} h was requested")
        return min(duration, longest)
