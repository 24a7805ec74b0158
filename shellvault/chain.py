"""Profile -> chain: the ordered steps from a key pair to the profile's session. Pure; docs/chains.md has the rules."""

from __future__ import annotations

from shellvault.durations import seconds
from shellvault.errors import UsageError
from shellvault.model import AssumeRole, SessionToken, StoredKey
from shellvault.record import Record
from shellvault.steps import steps_to_key, stored_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.model import Chain, Profile
    from shellvault.steps import Book


HOUR = 3600
MFA_SESSION = 12 * HOUR  # one code a day
LONGEST_SESSION_TOKEN = 36 * HOUR  # AWS, GetSessionToken
LONGEST_ROLE = 12 * HOUR  # AWS, AssumeRole
LONGEST_CHAINED_ROLE = HOUR  # AWS: role chaining, over a role's session and over a session token alike

_HOME_REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}


class Wish(Record):
    """What the command line asks beyond the profile: a duration in seconds (0: the default), and no session token."""

    duration: int = 0
    no_session: bool = False


class Plan(Record):
    """A chain, the profile it serves, what AWS's limits changed about the wish, and what prints its MFA codes."""

    profile: Profile
    chain: Chain
    notices: tuple[str, ...]
    mfa_process: str = ""


def plan(name: str, book: Book, wish: Wish) -> Plan:
    """Return the chain that gives `name` its session.

    Raises:
        NoSuchProfileError: the name is unknown.
        NoKeyPairError: no key pair leads to the profile.
        UsageError: the config file contradicts itself.
    """
    steps = steps_to_key(name, book)
    notices: list[str] = []
    chain = _assemble(steps, stored_key(steps[-1], book), book, wish, notices)
    return Plan(steps[0], chain, tuple(notices), mfa_process=_nearest(steps, "mfa_process"))


def _assemble(steps: list[Profile], key: StoredKey, book: Book, wish: Wish, notices: list[str]) -> Chain:
    serial = _nearest(steps, "mfa_serial")
    roles = [step for step in reversed(steps) if step.get("role_arn")]
    if not roles:
        return key if wish.no_session else _session_token(steps[0], key, serial, book, wish.duration, notices)
    chain: Chain = key
    for role in roles:
        duration = (wish.duration if role is steps[0] else 0) or _configured(role) or HOUR
        if chain is not key:
            duration = _capped(duration, LONGEST_CHAINED_ROLE, f"role '{role.name}' over another role", notices)
            chain = _assume_role(role, chain, "", duration, book)
        elif serial and duration <= LONGEST_CHAINED_ROLE and not wish.no_session:
            shared = _session_token(steps[-1], key, serial, book, 0, notices)
            chain = _assume_role(role, shared, "", duration, book)
        else:  # over a session token AWS would cap it at an hour, and without MFA none is needed
            duration = _capped(duration, LONGEST_ROLE, f"role '{role.name}'", notices)
            chain = _assume_role(role, key, serial, duration, book)
    return chain


def _session_token(
    profile: Profile, key: StoredKey, serial: str, book: Book, wished: int, notices: list[str]
) -> SessionToken:
    configured = 0 if profile.get("role_arn") else _configured(profile)  # a role's duration is the role's
    duration = wished or configured or (MFA_SESSION if serial else HOUR)
    endpoint = book.endpoint(profile)
    return SessionToken(
        profile=key.name,
        source=key,
        mfa_serial=serial,
        duration=_capped(duration, LONGEST_SESSION_TOKEN, f"a session token for '{profile.name}'", notices),
        region=_region(profile, serial or profile.get("role_arn"), endpoint),
        endpoint=endpoint,
    )


def _assume_role(
    profile: Profile, source: StoredKey | SessionToken | AssumeRole, serial: str, duration: int, book: Book
) -> AssumeRole:
    arn, endpoint = profile.get("role_arn"), book.endpoint(profile)
    return AssumeRole(
        profile=profile.name,
        source=source,
        role_arn=arn,
        role_session_name=profile.get("role_session_name") or _session_name(profile.name),
        external_id=profile.get("external_id"),
        mfa_serial=serial,
        duration=duration,
        session_tags=_tags(profile),
        transitive_session_tags=_listed(profile.get("transitive_session_tags")),
        source_identity=profile.get("source_identity"),
        region=_region(profile, arn, endpoint),
        endpoint=endpoint,
    )


def _nearest(steps: list[Profile], key: str) -> str:
    """Return a setting of the profile asked for, or of the first one below it that has it."""
    return next((text for step in steps if (text := step.get(key))), "")


def _configured(profile: Profile) -> int:
    text = profile.get("duration_seconds")
    return seconds(text, f"duration_seconds of profile '{profile.name}'") if text else 0


def _capped(duration: int, longest: int, what: str, notices: list[str]) -> int:
    if duration <= longest:
        return duration
    notices.append(f"{what} lasts {longest // HOUR} h at most; {duration / HOUR:g} h were asked for")
    return longest


def _region(profile: Profile, arn: str, endpoint: str) -> str:
    """Return the region whose STS is asked; `aws-global` is botocore's name for the legacy one's endpoint."""
    partition = arn.split(":")[1] if arn.startswith("arn:") else "aws"
    if profile.get("sts_regional_endpoints") == "legacy" and partition == "aws" and not endpoint:
        return "aws-global"
    return profile.get("region") or _HOME_REGIONS.get(partition, "us-east-1")


def _session_name(profile_name: str) -> str:
    """Return what CloudTrail will show; AWS allows 2 to 64 of these characters."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "+=,.@-_") else "-" for c in profile_name)
    return f"shellvault-{safe}"[:64]


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
