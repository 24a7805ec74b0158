"""Parameters of STS calls as a profile's settings give them, with defaults for what they leave open. Pure."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import Profile

HOUR = 3600
SHORTEST = HOUR // 4  # AWS, any session that STS gives
LEGACY_REGION = "aws-global"
"""botocore's name for the region of the legacy global STS endpoint."""

SHORTEST_NAME, LONGEST_NAME = 2, 64  # characters of a session's name; AWS, AssumeRole
SCOPED = frozenset(
    (
        *("session_policy", "session_policy_arns", "session_policy_arn", "session_policies", "session_policy_file"),
        *("policy_arn", "policy_arns", "read_only", "readonly"),
    )
)
"""The settings that narrow a profile's session, including common misspellings."""
_ARN_PARTS = 6  # arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE
_ACCOUNT_DIGITS = 12
_SHORTEST_SERIAL = 9  # characters; AWS, STS API reference


def sts_region(profile: Profile, arn: str, endpoint: str) -> str:
    """Return the region whose STS is called, for a role or MFA device with this ARN."""
    settings = profile.settings
    is_legacy = settings.get("sts_regional_endpoints") == "legacy" and not endpoint
    region = settings.get("region", "")
    if region and not is_legacy:
        return region
    from shellvault.core.partitions import home_region, partition_of_arn  # most profiles name their region

    partition = partition_of_arn(arn)
    return LEGACY_REGION if is_legacy and partition == "aws" else region or home_region(partition)


def configured_duration(profile: Profile) -> tuple[int, str]:
    """Return a profile's duration in seconds, and a notice about one that is not a number: the AWS CLI ignores it, too.

    The duration is 0 if there is none, or none that counts.

    Raises:
        UsageError: it is a number, but AWS grants no session of that length.
    """
    text = profile.settings.get("duration_seconds", "")
    if not text or (text.isascii() and text.isdigit() and int(text[:9])):
        return int(text[:9] or 0), ""
    from shellvault.core.durations import parse_duration

    what = f"duration_seconds of profile '{profile.name}'"
    number = _parse_number(text)
    try:
        return parse_duration(text if number is None else str(number), what), ""
    except UsageError:
        if number is not None:
            raise
    return 0, f"{what} is '{text}', which is no number of seconds, so it is ignored"


def _parse_number(text: str) -> int | None:
    """Return a whole number in any of the spellings that botocore takes, such as +3600 and 3_600."""
    try:
        return int(text)
    except ValueError:
        return None


def session_name(profile: Profile) -> str:
    """Return the name that a profile's settings give its sessions; empty if it is left to us.

    Raises:
        UsageError: AWS does not take it.
    """
    if name := profile.settings.get("role_session_name", ""):
        require_session_name(name, f"role_session_name of profile '{profile.name}'")
    return name


def require_session_name(name: str, what: str) -> None:
    """Refuse a text that AWS does not take as a session's name; `what` names its source.

    Raises:
        UsageError: it is too short, too long, or has other characters.
    """
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME or make_session_name(name, LONGEST_NAME) != name:
        message = f"{what}: AWS does not take '{name}' as a session's name"
        hint = f"use {SHORTEST_NAME} to {LONGEST_NAME} letters without accents, digits, and _ + = , . @ -"
        raise UsageError(message, hint)


def make_session_name(text: str, longest: int) -> str:
    """Return a text as a session's name of at most this length, with a dash for what AWS does not take."""
    return "".join([each if each.isascii() and (each.isalnum() or each in "_+=,.@-") else "-" for each in text])[
        :longest
    ]


def require_mfa_serial(serial: str, what: str) -> None:
    """Refuse a serial that can be neither an MFA device's ARN nor a hardware token's number; `what` names its source.

    Raises:
        UsageError: it is neither.
    """
    is_arn = is_iam_arn(serial, "mfa/") or is_iam_arn(serial, "u2f/")
    is_number = len(serial) >= _SHORTEST_SERIAL and serial.isascii() and serial.isalnum() and not serial.isalpha()
    if not is_arn and not is_number:
        raise UsageError(
            f"{what}: '{serial}' is neither the ARN of an MFA device nor the serial number of a hardware token",
            "write arn:aws:iam::ACCOUNT:mfa/NAME, as the AWS console shows it under Security credentials",
        )


def require_role_arn(arn: str, what: str) -> None:
    """Refuse a text that can be no role's ARN; `what` names its source.

    Raises:
        UsageError: it cannot.
    """
    if not is_iam_arn(arn, "role/"):
        raise wrong_role_arn(arn, what)


def wrong_role_arn(arn: str, what: str) -> UsageError:
    """Return the error for a text that can be no role's ARN; `what` names its source."""
    return UsageError(f"{what}: '{arn}' is not the ARN of a role", "write role_arn = arn:aws:iam::ACCOUNT:role/NAME")


def is_iam_arn(text: str, kind: str) -> bool:
    """Return whether a text has the form of the ARN of something of this kind in IAM, such as `role/`.

    An account in digits must have all twelve; other makers' servers also have accounts with a name, or without one.
    """
    parts = text.split(":", 5)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or parts[2:4] != ["iam", ""]:
        return False
    account, resource = parts[4:]
    if account.isdigit() and len(account) != _ACCOUNT_DIGITS:
        return False
    return resource.startswith(kind) and resource[-1] != "/" and resource.isprintable() and " " not in resource


def parse_list(text: str) -> tuple[str, ...]:
    """Return the items of a list that is separated by commas."""
    return tuple([part for item in text.split(",") if (part := item.strip())])


def parse_tags(profile: str, text: str) -> tuple[tuple[str, str], ...]:
    """Return the session tags in `Key=value,Other=value`.

    Raises:
        UsageError: an item is not a tag.
    """
    tags = []
    for item in parse_list(text):
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            message = f"session_tags of profile '{profile}': '{item}' is not a tag"
            raise UsageError(message, "write session_tags = Key=value,Other=value")
        tags.append((key.strip(), value.strip()))
    return tuple(tags)


def require_duration(seconds: int, what: str) -> None:
    """Refuse a session shorter than any that STS grants; `what` describes it."""
    if seconds < SHORTEST:
        requested = f"{seconds} s" if seconds % 60 else f"{seconds // 60} min"
        message = f"{what} lasts {SHORTEST // 60} min at least; {requested} was requested"
        raise UsageError(message, "request 15m or more")
