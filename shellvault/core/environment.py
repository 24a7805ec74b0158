"""What a session changes in a shell's environment, and how the shell gets back what it had. Pure."""

from __future__ import annotations

from shellvault.core.model import Session, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.model import KeyPair

    Changes = dict[str, str | None]

MEMORY = "SHELLVAULT_RESTORE"
PROFILE = "SHELLVAULT_PROFILE"
PREVIOUS = "SHELLVAULT_PREVIOUS"
CONFIG_FILE = "SHELLVAULT_CONFIG_FILE"
"""The person's own config file, where AWS_CONFIG_FILE names a generated one."""
ASKED = "SHELLVAULT_ASKED"
"""What a program that gives credentials finds in its environment: for which profiles it was started, a line each."""

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
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_OURS = ("AWS_VAULT", PROFILE, "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT", "SHELLVAULT_STAMP")
_MANAGED = frozenset((*CREDENTIALS, *_REGIONS, *_OURS, *SHADOWS, "AWS_CONFIG_FILE", CONFIG_FILE))

NEVER_INHERITED = (
    PREVIOUS,
    "SHELLVAULT_PASSPHRASE",
    "SHELLVAULT_PASSPHRASE_FILE",
    "SHELLVAULT_MFA_TOKEN",
)
"""What a program started by `exec` has no business to see."""


def enter(
    environ: Mapping[str, str], profile: str, credentials: Session | KeyPair, region: str, stamp: str = ""
) -> Changes:
    """Return what puts `credentials` into a shell whose environment is `environ`, whatever it held before.

    `stamp` is the file that tells the hook of refreshes elsewhere.
    """
    wanted = {**dict.fromkeys(SHADOWS), **_credentials(credentials), "SHELLVAULT_STAMP": stamp or None}
    return _enter(environ, profile, wanted, region)


def enter_process(
    environ: Mapping[str, str], profile: str, config_file: str, own_config_file: str, region: str
) -> Changes:
    """Return what makes SDKs ask shellvault for `profile` when they need it, with no secret in the environment.

    `config_file` is a generated one whose profile says how to ask; `own_config_file` is the person's, for us.
    """
    wanted = {
        **dict.fromkeys((*SHADOWS, *CREDENTIALS, "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT")),
        "AWS_PROFILE": profile,
        "AWS_CONFIG_FILE": config_file,
        CONFIG_FILE: own_config_file,
    }
    return _enter(environ, profile, wanted, region)


def _enter(environ: Mapping[str, str], profile: str, wanted: Changes, region: str) -> Changes:
    wanted |= {"AWS_VAULT": profile, PROFILE: profile}
    if region:
        wanted |= dict.fromkeys(_REGIONS, region)
    left_over = {name: value for name, value in leave(environ).items() if name not in wanted}
    memory = _remember(wanted, environ)
    return {**left_over, **wanted, MEMORY: memory, PREVIOUS: _previous(environ, profile)}


def renew(environ: Mapping[str, str], credentials: Session | KeyPair) -> Changes:
    """Return what puts a newer session of the same profile in the place of the one before, and touches nothing else."""
    wanted = _credentials(credentials)
    kept = [
        _entry(name, mark, without_session)
        for name, (mark, without_session) in _recall(environ).items()
        if name not in wanted
    ]
    renewed = _remember(wanted, environ)
    return {**wanted, MEMORY: ";".join((*kept, renewed)) if MEMORY in environ else None}


def leave(environ: Mapping[str, str]) -> Changes:
    """Return what takes a session out again and restores what it overwrote; empty when there is nothing to take out."""
    remembered = _recall(environ)
    if not remembered and PROFILE not in environ:
        return {}
    if not remembered:  # somebody has taken the memory away, but not the session
        return {name: None for name in (*CREDENTIALS, *_OURS, PREVIOUS) if name in environ}
    restored: Changes = {
        name: without_session
        for name, (mark, without_session) in remembered.items()
        if name.startswith("SHELLVAULT_") or _mark(environ.get(name)) == mark
    }
    return {**restored, MEMORY: None, PREVIOUS: None}


def without_session(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment as it would be without us."""
    return {name: value for name, value in {**environ, **leave(environ)}.items() if value is not None}


def is_ours(environ: Mapping[str, str]) -> bool:
    """Say whether the key id in the shell is still the one that was put there; without a memory nobody can tell."""
    mark, _before_us = _recall(environ).get("AWS_ACCESS_KEY_ID", ("", None))
    return not mark or _mark(environ.get("AWS_ACCESS_KEY_ID")) == mark


def variables(credentials: Session | KeyPair, region: str) -> Changes:
    """Return credentials and region under the names that SDKs read; None where a session has what these have not."""
    found = _credentials(credentials)
    regions = dict.fromkeys(_REGIONS, region) if region else {}
    return {**{name: found[name] for name in CREDENTIALS}, **regions}


def child(environ: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """Return the environment of a program that runs with `changes` applied.

    Its memory holds no value from before but the regions, so that no older secret is passed on: a shell that the
    program is, or starts, can take the session out again, and is then without any.
    """
    remembered = _recall({MEMORY: changes.get(MEMORY) or ""})
    memory = (_entry(name, mark, old if name in _REGIONS else None) for name, (mark, old) in remembered.items())
    after = {**environ, **changes, **dict.fromkeys(NEVER_INHERITED), MEMORY: ";".join(memory)}
    return {name: value for name, value in after.items() if value is not None}


def utc(epoch: int) -> str:
    """Return epoch seconds as `2026-01-01T00:00:00Z`: with its offset, which prompts and botocore insist on."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(epoch))


def _credentials(credentials: Session | KeyPair) -> Changes:
    session = credentials if isinstance(credentials, Session) else None
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": (session.session_token or None) if session else None,
        "AWS_CREDENTIAL_EXPIRATION": utc(session.expires_at) if session else None,
        "SHELLVAULT_EXPIRES_AT": str(session.expires_at) if session else None,
        "SHELLVAULT_REFRESH_AT": str(session.refresh_at) if session else None,
    }


def _previous(environ: Mapping[str, str], profile: str) -> str | None:
    """Return the profile that `env -` goes back to; a refresh of the same profile changes nothing."""
    current = environ.get(PROFILE)
    return environ.get(PREVIOUS) if current in (None, profile) else current


def _before(name: str, environ: Mapping[str, str], remembered: dict[str, tuple[str, str | None]]) -> str | None:
    """Return what the shell had under `name` before shellvault touched it, or what the person put there since."""
    mark, without_session = remembered.get(name, ("", None))
    untouched = name in remembered and (name.startswith("SHELLVAULT_") or _mark(environ.get(name)) == mark)
    return without_session if untouched else environ.get(name)


# The memory is NAME:mark[=before] joined by ";". The mark tells whether the value is still the one that was set here;
# no "=" says the variable was unset before, "=" with nothing behind it that it was set and empty.


def _mark(value: str | None) -> str:
    return "-" if value is None else digest("mark", value)[:8]


def _remember(wanted: Changes, environ: Mapping[str, str]) -> str:
    """Return the memory of what these changes overwrite."""
    remembered = _recall(environ)
    entries = []
    for name, value in wanted.items():
        without_session = _before(name, environ, remembered)
        if without_session != value or name.startswith("SHELLVAULT_"):
            entries.append(_entry(name, _mark(value), without_session))
    return ";".join(entries)


def _entry(name: str, mark: str, without_session: str | None) -> str:
    return f"{name}:{mark}" + ("" if without_session is None else f"={_escape(without_session)}")


def _recall(environ: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """Read the memory; names that are not ours to set are left out, so a forged memory can set nothing else."""
    remembered: dict[str, tuple[str, str | None]] = {}
    for entry in environ.get(MEMORY, "").split(";"):
        head, equals, escaped = entry.partition("=")
        name, colon, mark = head.partition(":")
        if colon and name in _MANAGED:
            remembered[name] = (mark, _unescape(escaped) if equals else None)
    return remembered


def _escape(value: str) -> str:
    return (
        value.replace("%", "%25").replace(";", "%3B").replace("\n", "%0A").replace("\r", "%0D").replace("\x1b", "%1B")
    )


def _unescape(text: str) -> str:
    for code, character in (("%1B", "\x1b"), ("%0D", "\r"), ("%0A", "\n"), ("%3B", ";"), ("%25", "%")):
        text = text.replace(code, character)
    return text
