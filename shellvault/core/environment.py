"""What a session changes in a shell's environment, and how the shell gets back what it had. Pure."""

from __future__ import annotations

from shellvault.core.model import Session, blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.model import KeyPair

    Changes = dict[str, str | None]

MEMORY = "SHELLVAULT_RESTORE"
PROFILE = "SHELLVAULT_PROFILE"
PREVIOUS = "SHELLVAULT_PREVIOUS"
CONFIG_FILE = "SHELLVAULT_CONFIG_FILE"
"""The user's own config file, where AWS_CONFIG_FILE names a generated one."""
ASKED = "SHELLVAULT_ASKED"
"""Tells a program that provides credentials which profiles it was started for, a line each."""

SHADOWS = (
    "AWS_PROFILE",  # JavaScript v3 and Go v1 prefer it over keys; boto3 raises when it names a missing profile
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",  # the old name still beats AWS_SESSION_TOKEN in some SDKs
    "AWS_SESSION_EXPIRATION",  # prompts read these five beside AWS_CREDENTIAL_EXPIRATION and AWS_VAULT
    "AWSUME_EXPIRATION",
    "AWSUME_PROFILE",
    "AWSU_PROFILE",
    "AWS_SSO_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
"""Variables that would win over, or outlive, the credentials set beside them."""

CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
)
EXPIRES_AT = "SHELLVAULT_EXPIRES_AT"
"""When the session in the shell expires, in epoch seconds; unset where the shell has a key pair."""
REFRESH_AT = "SHELLVAULT_REFRESH_AT"
"""When the hook should refresh it, in epoch seconds."""
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_OURS = ("AWS_VAULT", PROFILE, EXPIRES_AT, REFRESH_AT, "SHELLVAULT_STAMP")
_MANAGED = frozenset((*CREDENTIALS, *_REGIONS, *_OURS, *SHADOWS, "AWS_CONFIG_FILE", CONFIG_FILE))

PASSPHRASE_FILE = "SHELLVAULT_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
"""Where a program that asks shellvault for credentials finds the passphrase; other programs need not know."""

NOT_FOR_CHILDREN = ("SHELLVAULT_PASSPHRASE", PASSPHRASE_FILE, "SHELLVAULT_MFA_TOKEN")
"""Variables that child processes do not get."""


def enter(
    environ: Mapping[str, str], profile: str, credentials: Session | KeyPair, region: str, status_file: str = ""
) -> Changes:
    """Return what puts `credentials` into a shell whose environment is `environ`, whatever it held before.

    `status_file` is the file that tells the hook of refreshes elsewhere.
    """
    wanted = {**dict.fromkeys(SHADOWS), **_credentials(credentials), "SHELLVAULT_STAMP": status_file or None}
    return _enter(environ, profile, wanted, region)


def enter_process(
    environ: Mapping[str, str], profile: str, config_file: str, own_config_file: str, region: str
) -> Changes:
    """Return what makes SDKs ask shellvault for `profile` when they need it, with no secret in the environment.

    `config_file` is a generated one whose profile says how to ask; `own_config_file` is the user's, for us.
    """
    wanted = {
        **dict.fromkeys((*SHADOWS, *CREDENTIALS, EXPIRES_AT, REFRESH_AT)),
        "AWS_PROFILE": profile,
        "AWS_CONFIG_FILE": config_file,
        CONFIG_FILE: own_config_file,
    }
    return _enter(environ, profile, wanted, region)


def _enter(environ: Mapping[str, str], profile: str, wanted: Changes, region: str) -> Changes:
    wanted |= {"AWS_VAULT": profile, PROFILE: profile}
    if region:
        wanted |= dict.fromkeys(_REGIONS, region)
    left_over = {}
    if PROFILE in environ or MEMORY in environ:
        left_over = {name: value for name, value in leave(environ).items() if name not in wanted}
    current = environ.get(PROFILE)  # a refresh of the same profile keeps the one before
    previous = environ.get(PREVIOUS) if current in (None, profile) else current
    return {**left_over, **wanted, MEMORY: _remember(wanted, environ), PREVIOUS: previous}


def renew(environ: Mapping[str, str], credentials: Session | KeyPair) -> Changes:
    """Return what replaces the session in a shell by a newer one of the same profile, and touches nothing else."""
    wanted = _credentials(credentials)
    kept = [_entry(name, mark, old) for name, (mark, old) in _recall(environ).items() if name not in wanted]
    renewed = _remember(wanted, environ)
    return {**wanted, MEMORY: ";".join((*kept, renewed)) if MEMORY in environ else None}


def leave(environ: Mapping[str, str]) -> Changes:
    """Return what takes a session out and restores what it overwrote; empty when there is nothing to take out."""
    remembered = _recall(environ)
    if not remembered and PROFILE not in environ:
        return {}
    if not remembered:  # something removed the memory, but not the session
        return {name: None for name in (*CREDENTIALS, *_OURS, PREVIOUS) if name in environ}
    restored: Changes = {
        name: old
        for name, (mark, old) in remembered.items()
        if name.startswith("SHELLVAULT_") or _mark(environ.get(name)) == mark
    }
    return {**restored, MEMORY: None, PREVIOUS: None}


def without_session(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment as it would be without our session in it."""
    return {name: value for name, value in {**environ, **leave(environ)}.items() if value is not None}


def is_ours(environ: Mapping[str, str]) -> bool:
    """Return whether the key id in the shell is the one that was put there; without a memory, assume so."""
    mark, _old = _recall(environ).get("AWS_ACCESS_KEY_ID", ("", None))
    return not mark or _mark(environ.get("AWS_ACCESS_KEY_ID")) == mark


def credential_variables(credentials: Session | KeyPair, region: str) -> Changes:
    """Return credentials and region under the names that SDKs read; None where there is no such value."""
    found = _credentials(credentials)
    regions = dict.fromkeys(_REGIONS, region) if region else {}
    return {**{name: found[name] for name in CREDENTIALS}, **regions}


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that we start: the one given, without the secrets meant for us."""
    return {name: value for name, value in environ.items() if name not in NOT_FOR_CHILDREN}


def exec_environ(environ: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """Return the environment of a program that runs with `changes` applied.

    Its memory holds no old value except the regions, so that no older secret is passed on: a shell can take the
    session out again, and then has none.
    """
    remembered = _recall({MEMORY: changes.get(MEMORY) or ""})
    memory = (_entry(name, mark, old if name in _REGIONS else None) for name, (mark, old) in remembered.items())
    after = {**child_environ(environ), **changes, PREVIOUS: None, MEMORY: ";".join(memory)}
    return {name: value for name, value in after.items() if value is not None}


def format_utc(epoch: int) -> str:
    """Return epoch seconds as `2026-01-01T00:00:00Z`, with the offset that prompts and botocore insist on."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(epoch))


def _credentials(credentials: Session | KeyPair) -> Changes:
    session = credentials if isinstance(credentials, Session) else None
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": (session.session_token or None) if session else None,
        "AWS_CREDENTIAL_EXPIRATION": format_utc(session.expires_at) if session else None,
        EXPIRES_AT: str(session.expires_at) if session else None,
        REFRESH_AT: str(session.refresh_at) if session else None,
    }


# The memory is NAME:mark[=old] joined by ";". The mark tells whether the value is still the one that was set here; no
# "=" means that the variable was unset before, "=" with nothing behind it that it was set and empty.


def _mark(value: str | None) -> str:
    if value is None:
        return "-"
    return blake2b(value.encode("utf-8", "surrogateescape"), digest_size=4, person=b"mark").hexdigest()


def _remember(wanted: Changes, environ: Mapping[str, str]) -> str:
    """Return the memory of what these changes overwrite."""
    remembered = _recall(environ) if MEMORY in environ else {}
    entries = []
    for name, value in wanted.items():
        mark, old = remembered.get(name, ("", None))
        untouched = name in remembered and (name.startswith("SHELLVAULT_") or _mark(environ.get(name)) == mark)
        before = old if untouched else environ.get(name)  # what the user put there since is theirs
        if before != value or name.startswith("SHELLVAULT_"):
            entries.append(_entry(name, _mark(value), before))
    return ";".join(entries)


def _entry(name: str, mark: str, old: str | None) -> str:
    return f"{name}:{mark}" if old is None else f"{name}:{mark}={_escape(old)}"


def _recall(environ: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """Parse the memory; names that are not ours to set are left out, so a forged memory can set nothing else."""
    remembered: dict[str, tuple[str, str | None]] = {}
    for entry in environ.get(MEMORY, "").split(";"):
        head, equals, escaped = entry.partition("=")
        name, colon, mark = head.partition(":")
        if colon and name in _MANAGED:
            remembered[name] = (mark, _unescape(escaped) if equals else None)
    return remembered


_ESCAPES = (("%", "%25"), (";", "%3B"), ("\n", "%0A"), ("\r", "%0D"), ("\x1b", "%1B"))


def _escape(value: str) -> str:
    for character, code in _ESCAPES:
        value = value.replace(character, code)
    return value


def _unescape(text: str) -> str:
    for character, code in reversed(_ESCAPES):
        text = text.replace(code, character)
    return text
