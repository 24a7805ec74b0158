"""What a session changes in a shell's environment, and how the shell gets back what it had. Pure."""

from __future__ import annotations

from time import gmtime, strftime

from shellvault.core.model import Session
from shellvault.core.record import FromVariable
from shellvault.core.shell_memory import (
    CONFIG_FILES,
    MEMORY,
    REACH,
    SECRETS,
    SET_ASIDE,
    TOKEN_FILE,
    add_to_history,
    format_entry,
    is_reach,
    mark_of,
    recall,
    remember,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shellvault.core.model import KeyPair
    from shellvault.core.shell_memory import Changes

PROFILE = "SHELLVAULT_PROFILE"
PREVIOUS = "SHELLVAULT_PREVIOUS"
"""The profiles that were in the shell before, the latest first; see `shell_memory.add_to_history`."""
VIA = "SHELLVAULT_VIA"
"""How to obtain the session again where the profile alone does not say it; see `SessionChoice`."""
SCOPE = "SHELLVAULT_SCOPE"
"""What the session is narrowed to, for prompts."""
KEEPS = "SHELLVAULT_KEEPS"
"""Set for a command that the agent runs to obtain the session in `VIA` again."""
ENDPOINT = "SHELLVAULT_ENDPOINT"
"""Where the session in a shell comes from, if not from AWS's own endpoints: it is renewed from nowhere else."""
CONFIG_FILE = "SHELLVAULT_CONFIG_FILE"
"""The user's own config file, where AWS_CONFIG_FILE names a generated one."""
BENEATH = "SHELLVAULT_BENEATH"
"""Set where programs asked for every profile of the config file before a session came on top of that."""
FILES = "SHELLVAULT_FILES"
"""The generated config file and the credentials file used with it; with other files, programs do not ask us."""
ASKED = "SHELLVAULT_ASKED"
"""Tells a program that provides credentials which profiles it was started for, a line each."""

UTC = "%Y-%m-%dT%H:%M:%SZ"
"""How times are written, with the offset that prompts and botocore insist on."""

NOTHING: Mapping[str, str] = {}

CONTAINER_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
CONTAINER_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""The URL where programs get credentials, and the file with the token that they send there."""

CHOICE = (
    "AWS_PROFILE",  # JavaScript v3 and Go v1 prefer it over keys; boto3 raises when it names a missing profile
    "AWS_DEFAULT_PROFILE",
)
SHADOWS = (
    *CHOICE,
    "AWS_SECURITY_TOKEN",  # the old name still beats AWS_SESSION_TOKEN in some SDKs
    "AWSUME_EXPIRATION",  # prompts read these four beside AWS_CREDENTIAL_EXPIRATION and AWS_VAULT
    "AWSUME_PROFILE",
    "AWSU_PROFILE",
    "AWS_SSO_PROFILE",
    CONTAINER_URI,
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    CONTAINER_TOKEN_FILE,
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
ACCOUNT = "AWS_ACCOUNT_ID"
"""SDKs build endpoints from it, so that of another account must not stay."""
KEY_ID = "SHELLVAULT_KEY_ID"
"""The access key id that was put into the shell; another one there is not ours."""
STAMP = "SHELLVAULT_STAMP"
"""The status file of the profile."""
SERVER = "SHELLVAULT_SERVER"
"""The URL of the endpoint that was put into the shell; programs with another URL do not ask us."""
ABOUT = ("AWS_SESSION_EXPIRATION", ACCOUNT)
"""What programs read about the credentials, beside them."""
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
NAMES = ("AWS_VAULT", PROFILE)
"""What prompts read: the name of the profile in the shell."""
_OURS = (*NAMES, KEY_ID, EXPIRES_AT, REFRESH_AT, STAMP, ENDPOINT, SERVER, VIA, SCOPE, BENEATH)
_FILES = (*CONFIG_FILES, TOKEN_FILE)
_MANAGED = frozenset((*CREDENTIALS, *ABOUT, *REGIONS, *REACH, *_OURS, *SHADOWS, *_FILES, CONFIG_FILE, FILES))
_FOLDERS_OWN = (*CREDENTIALS, *_OURS, *SHADOWS, CONFIG_FILE, FILES)
"""A session is a direnv folder's own if its .envrc changes any of these."""
_DIRENV_DIFF = "DIRENV_DIFF"

PASSPHRASE_FILE = "SHELLVAULT_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
"""Where a program that asks shellvault for credentials finds the passphrase; other programs need not know."""

CHOICES = (
    *("SHELLVAULT_ROLE_ARN", "SHELLVAULT_SSO", "SHELLVAULT_ACCOUNT", "SHELLVAULT_ROLE"),
    *("SHELLVAULT_READ_ONLY", "SHELLVAULT_POLICY_ARN", "SHELLVAULT_POLICY"),
    *("SHELLVAULT_SESSION_NAME", VIA, KEEPS),
)
"""What makes a session another one than its profile's; a program that gives a profile's credentials must not see it."""

NOT_FOR_CHILDREN = ("SHELLVAULT_PASSPHRASE", PASSPHRASE_FILE, "SHELLVAULT_MFA_TOKEN", "AWS_VAULT_FILE_PASSPHRASE")
"""Variables that child processes do not get: secrets that we read ourselves, and where one is."""


def enter(
    environ: Mapping[str, str],
    profile: str,
    credentials: Session | KeyPair,
    region: str,
    status_file: str = "",
    endpoint: str = "",
    about: Mapping[str, str] = NOTHING,
) -> Changes:
    """Return the changes that put `credentials` into a shell with the environment `environ`, whatever it held before.

    `status_file` is the file that tells the hook of refreshes elsewhere; for `endpoint` see `ENDPOINT`. `about` has the
    profile's other variables; see `App.variables`.
    """
    wanted = {**dict.fromkeys(SHADOWS), **_credentials(credentials), STAMP: status_file or None, **about}
    wanted |= {ENDPOINT: endpoint or None, **dict.fromkeys(NAMES, profile)}
    return enter_wanted(environ, profile, wanted, region)


def enter_wanted(environ: Mapping[str, str], profile: str, wanted: Changes, region: str) -> Changes:
    """Return the wanted changes, plus those that remember what they replace and remove the previous session."""
    if region:
        wanted |= dict.fromkeys(REGIONS, region)
    before = _outside_folder(environ) if _DIRENV_DIFF in environ else environ
    left_over = {}
    if profile and (BENEATH in environ or (CONFIG_FILE in environ and PROFILE not in environ)):
        wanted |= {BENEATH: "process"}
    if PROFILE in environ or MEMORY in environ:
        left_over = {name: value for name, value in _restore(before).items() if name not in wanted}
    previous = environ.get(PREVIOUS)
    if (current := environ.get(PROFILE)) and current != profile:  # a refresh is no change of profile
        previous = add_to_history(previous or "", profile, current, environ.get(VIA, ""))
    changes = {**left_over, **wanted, **remember(wanted, before), PREVIOUS: previous}
    return _told_to_direnv(environ, changes, wanted) if _DIRENV_DIFF in environ else changes


def renew(environ: Mapping[str, str], credentials: Session | KeyPair) -> Changes:
    """Return the changes that replace a shell's session with a newer one of the same profile, and nothing else."""
    wanted = _credentials(credentials)
    if MEMORY not in environ:
        return _told_to_direnv(environ, wanted, wanted)
    kept = [format_entry(name, mark, old) for name, (mark, old) in recall(environ).items() if name not in wanted]
    renewed = remember(wanted, _outside_folder(environ))
    return _told_to_direnv(environ, {**wanted, **renewed, MEMORY: ";".join((*kept, renewed[MEMORY] or ""))}, wanted)


def leave(environ: Mapping[str, str]) -> Changes:
    """Return the changes that take a session out and restore what it overwrote; empty if there is no session.

    An old secret is taken from the shell's variable, which is then removed, unless direnv may put this session back.
    """
    changes = _restore(_outside_folder(environ))
    variables = {value for value in changes.values() if isinstance(value, FromVariable)}
    if _DIRENV_DIFF not in environ:
        return {**changes, **dict.fromkeys(variables)}
    from shellvault.core.direnv_diff import read_before

    before = {SET_ASIDE + mark_of(value): value for value in read_before(environ[_DIRENV_DIFF], SECRETS)}
    changes = {name: before.get(value, value) if value else value for name, value in changes.items()}
    return _told_to_direnv(environ, changes)


def credential_variables(credentials: Session | KeyPair, region: str) -> Changes:
    """Return credentials and region under the names that SDKs read; None for a missing value."""
    found = _credentials(credentials)
    regions = dict.fromkeys(REGIONS, region) if region else {}
    return {**{name: found[name] for name in (*CREDENTIALS, ACCOUNT)}, **regions}


def child_environ(environ: Mapping[str, str], *, asks_us: bool = False) -> dict[str, str]:
    """Return the environment for a program that we start: `environ` without the secrets meant for us.

    A program that asks us for credentials may know where the passphrase is.
    """
    withheld = set(NOT_FOR_CHILDREN) - ({PASSPHRASE_FILE} if asks_us else set())
    return {name: value for name, value in environ.items() if name not in withheld and not name.startswith(SET_ASIDE)}


def _credentials(credentials: Session | KeyPair) -> Changes:
    session = credentials if isinstance(credentials, Session) else None
    expiration = strftime(UTC, gmtime(session.expires_at)) if session and session.expiry_told else None
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": (session.session_token or None) if session else None,
        "AWS_CREDENTIAL_EXPIRATION": expiration,
        "AWS_SESSION_EXPIRATION": expiration,  # the older name, which aws-vault's readers know
        ACCOUNT: (session.account or None) if session else None,
        KEY_ID: credentials.access_key_id,
        EXPIRES_AT: str(session.expires_at) if session else None,
        REFRESH_AT: str(session.refresh_at) if session else None,
    }


def _restore(environ: Mapping[str, str]) -> Changes:
    """Return the changes that `leave` makes to exported variables."""
    remembered = {name: entry for name, entry in recall(environ).items() if name in _MANAGED or is_reach(name)}
    if not remembered and PROFILE not in environ:
        return {}
    if not remembered:  # something removed the memory, but not the session
        return {name: None for name in (*CREDENTIALS, *ABOUT, *_OURS, PREVIOUS) if name in environ}
    restored: Changes = {
        name: old
        for name, (mark, old) in remembered.items()
        if name.startswith("SHELLVAULT_") or mark_of(environ.get(name)) == mark
    }
    return {**restored, MEMORY: None, PREVIOUS: None}


def _outside_folder(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment as it was outside direnv's folder, unless the session is the folder's own.

    A session is not the folder's if its .envrc sets, say, only a region: the session then stays when you leave.
    """
    if _DIRENV_DIFF not in environ:
        return environ
    from shellvault.core.direnv_diff import find_outside

    return find_outside(environ, _FOLDERS_OWN, _MANAGED)


def _told_to_direnv(environ: Mapping[str, str], changes: Changes, wanted: Collection[str] = ()) -> Changes:
    """Add what direnv needs to restore everything that was there before when you leave its folder."""
    if _DIRENV_DIFF not in environ or not changes:
        return changes
    from shellvault.core.direnv_diff import keep_outside, keep_together

    told = keep_together(environ, _FOLDERS_OWN, [name for name in changes if not name.startswith(SET_ASIDE)])
    return {**changes, **(told or keep_outside(environ, changes, {*wanted, MEMORY, PREVIOUS}))}
