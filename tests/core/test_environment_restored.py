"""Removing a session restores the shell's environment, whatever was done in the shell and in whatever order."""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from shellvault.commands.exec import exec_environ
from shellvault.core import environment
from shellvault.core.before_session import without_session
from shellvault.core.model import KeyPair, Session
from shellvault.core.ownership import is_ours
from shellvault.core.process_environment import enter_process
from shellvault.core.record import FromVariable, Record, Secret
from shellvault.core.shell_memory import MEMORY, SECRETS, SET_ASIDE
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shellvault.core.shell_memory import Changes

CREDENTIALS = (
    Session("ASIAONE", Secret("ours 1"), Secret("ours token 1"), 1_800_000_000, 1_799_999_000),
    Session("ASIATWO", Secret("ours 2"), Secret("ours token 2"), 1_900_000_000, 1_899_999_000, "111122223333"),
    Session("ASIATHREE", Secret("ours 3"), Secret(), 1_900_000_000, 1_899_999_000, "444455556666", expiry_told=False),
    KeyPair("AKIAOURS", Secret("ours 4")),
)
IN_SESSION = {environment.PROFILE: "A"}
ABOUT = ("AWS_ACCOUNT_ID", "AWS_SESSION_EXPIRATION", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_VAULT")
REACH = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE")
FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
NAMES = (*environment.SHADOWS, *environment.CREDENTIALS, *ABOUT, *REACH, *FILES, "OTHER")


class Enter(Record):
    """The user runs `env PROFILE`."""

    profile: str
    credentials: Session | KeyPair
    region: str
    reach: Mapping[str, str] = environment.NOTHING


class EnterProcess(Record):
    """The user runs `env --process`, with or without a profile."""

    profile: str
    files: tuple[str, str]


class Renew(Record):
    """The hook runs `env --refresh`."""

    credentials: Session | KeyPair


class Export(Record):
    """The user exports a variable, or unsets it."""

    name: str
    value: str | None


class Leave(Record):
    """The user runs `env --unset`."""


Action = Enter | EnterProcess | Renew | Export | Leave

_VALUES = st.one_of(st.none(), st.just(""), st.text(alphabet="a%;:=\n\r\x1b'0B3D5A \udcff", max_size=8))
_CREDENTIALS = st.sampled_from(CREDENTIALS)
_REACHES = st.sampled_from([{}, {REACH[0]: "ours"}, {REACH[1]: "ours s3", REACH[2]: "our file"}])
_EXPORTS = st.builds(Export, st.sampled_from(NAMES), _VALUES)
_ACTIONS = st.one_of(
    st.builds(Enter, st.sampled_from(["A", "B"]), _CREDENTIALS, st.sampled_from(["", "ours-1", "ours-2"]), _REACHES),
    st.builds(EnterProcess, st.sampled_from(["", "A", "B"]), st.sampled_from([("made 1", ""), ("made 2", "none")])),
    st.builds(Renew, _CREDENTIALS),
    st.builds(Leave),
    _EXPORTS,
    _EXPORTS,
)


def apply_changes(variables: dict[str, str], changes: Changes) -> dict[str, str]:
    """Return the shell's variables after these changes, including those that are not exported."""
    taken = {
        name: variables.get(value) if isinstance(value, FromVariable) else value for name, value in changes.items()
    }
    merged: Changes = {**variables, **taken}
    return {name: value for name, value in merged.items() if value is not None}


def exported(variables: dict[str, str]) -> dict[str, str]:
    """Return what a program started by the shell can see."""
    return {name: value for name, value in variables.items() if not name.startswith(SET_ASIDE)}


def perform(variables: dict[str, str], action: Action) -> dict[str, str]:
    """Return the shell's variables after one action."""
    environ = exported(variables)
    if isinstance(action, Export):
        return apply_changes(variables, {action.name: action.value})
    if isinstance(action, Enter):
        return apply_changes(
            variables,
            environment.enter(environ, action.profile, action.credentials, action.region, "/stamp", about=action.reach),
        )
    if isinstance(action, EnterProcess):
        return apply_changes(variables, enter_process(environ, action.profile, action.files, "/own", ""))
    if isinstance(action, Renew):
        has_session = environment.PROFILE in environ
        return apply_changes(variables, environment.renew(environ, action.credentials)) if has_session else variables
    return apply_changes(variables, environment.leave(environ))


def perform_all(environ: dict[str, str], actions: Sequence[Action]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the shell's environment after these actions, and what it would be after the user's exports alone.

    Exporting the value that a variable already has does not count: it leaves no trace.
    """
    alone = environ
    for action in actions:
        if isinstance(action, Export) and environ.get(action.name) != action.value:
            alone = apply_changes(alone, {action.name: action.value})
        environ = perform(environ, action)
    return environ, alone


@GENERATED
@given(st.lists(_EXPORTS, max_size=6), st.lists(_ACTIONS, max_size=8))
@example([Export("AWS_REGION", "%3B%25;%\n%0A")], [Enter("A", CREDENTIALS[0], "ours-1"), Renew(CREDENTIALS[1])])
@example([Export("AWS_REGION", "")], [Enter("A", CREDENTIALS[0], "ours-1")])
@example([], [Enter("A", CREDENTIALS[0], "ours-1"), Export("AWS_REGION", "mine"), Enter("A", CREDENTIALS[1], "ours-1")])
@example([], [Enter("A", CREDENTIALS[0], ""), Export("AWS_SESSION_TOKEN", None), Renew(CREDENTIALS[1])])
def test_leaving_restores_what_the_user_would_have(start: list[Export], actions: list[Action]) -> None:
    """Unset, empty and set are different states; the user's own changes stay; nothing of shellvault's stays."""
    environ, alone = perform_all({"PATH": "/bin"}, [*start, *actions, Leave()])
    assert exported(environ) == alone


@GENERATED
@given(st.lists(_EXPORTS, max_size=6), st.lists(_ACTIONS, max_size=6), _CREDENTIALS)
@example([Export("AWS_SECRET_ACCESS_KEY", "old secret")], [Enter("A", CREDENTIALS[0], "")], CREDENTIALS[1])
def test_old_secrets_are_not_exported_and_nested_shells_have_none(
    start: list[Export], actions: list[Action], credentials: Session | KeyPair
) -> None:
    """A nested shell inherits only what is exported, so its `--unset` brings back no old secret."""
    first = [Export(name, f"old {name}") for name in SECRETS]
    variables, _alone = perform_all({}, [*start, *first, *actions, Enter("Z", credentials, "")])
    old = tuple(f"old {name}" for name in SECRETS)
    assert not [name for name, value in exported(variables).items() if any(secret in value for secret in old)]
    left = perform(exported(variables), Leave())
    assert not [name for name, value in left.items() if value in old]


@GENERATED
@given(st.lists(_EXPORTS, max_size=6), st.lists(_ACTIONS, max_size=6), _CREDENTIALS, st.sampled_from(["", "ours-1"]))
def test_entering_replaces_whatever_was_there(
    start: list[Export], actions: list[Action], credentials: Session | KeyPair, region: str
) -> None:
    """No variable takes precedence over the new credentials, and nothing of another profile is left."""
    environ, alone = perform_all({}, [*start, *actions])
    entered = perform(environ, Enter("Z", credentials, region))
    assert (entered["AWS_VAULT"], entered["SHELLVAULT_PROFILE"]) == ("Z", "Z")
    assert entered["AWS_ACCESS_KEY_ID"] == credentials.access_key_id
    assert entered.get("AWS_SESSION_TOKEN", "") == getattr(credentials, "session_token", "")
    assert not [name for name in environment.SHADOWS if name in entered]
    known = credentials if isinstance(credentials, Session) else None
    assert entered.get("AWS_ACCOUNT_ID", "") == (known.account if known else "")
    expirations = {entered.get(name) for name in ("AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION")}
    assert expirations == {
        strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(known.expires_at)) if known and known.expiry_told else None
    }
    assert entered.get("AWS_REGION") == (region or alone.get("AWS_REGION"))
    assert [entered.get(name) for name in (*REACH, *FILES)] == [alone.get(name) for name in (*REACH, *FILES)]
    assert environment.CONFIG_FILE not in entered


@GENERATED
@given(
    st.text(alphabet="AWS_REGION:=;%0B3D5-PTHL\n\r\x1b\udcff", max_size=60),
    st.sampled_from([{}, IN_SESSION]),
    _CREDENTIALS,
)
@example("PATH:-=/evil;LD_PRELOAD:-=/evil.so;SHELLVAULT_RESTORE:-=x", IN_SESSION, CREDENTIALS[0])
@example("AWS_REGION:-=evil;AWS_PROFILE", {}, CREDENTIALS[3])
@example("AWS_SECRET_ACCESS_KEY:-@$(evil);AWS_SESSION_TOKEN:-@PATH;PATH:-@0;AWS_REGION:-@0", {}, CREDENTIALS[3])
def test_forged_memory_sets_only_variables_of_shellvault(
    forged: str, session: dict[str, str], credentials: Session | KeyPair
) -> None:
    """Garbage is no error, and no other variable is ever touched."""
    environ = {MEMORY: forged, "PATH": "/bin"} | session
    left = environment.leave(environ)
    touched = {
        *left,
        *environment.enter(environ, "B", credentials, ""),
        *environment.renew(environ, credentials),
    }
    sources = [value.removeprefix(SET_ASIDE) for value in left.values() if isinstance(value, FromVariable)]
    assert all(source.isalnum() and source.isascii() for source in sources)
    ours = {name for name in touched if name.startswith(("SHELLVAULT_", SET_ASIDE))}
    assert touched <= {*NAMES, *ours} - {"OTHER"}
    assert isinstance(is_ours(environ), bool)


@GENERATED
@given(st.lists(_EXPORTS, max_size=6), _CREDENTIALS)
def test_program_gets_the_session_and_no_secret_of_shellvault(
    start: list[Export], credentials: Session | KeyPair
) -> None:
    """What `exec` starts gets neither the passphrase nor an MFA code."""
    environ, _alone = perform_all(dict.fromkeys(environment.NOT_FOR_CHILDREN, "secret"), start)
    child = exec_environ(environ, environment.enter(environ, "A", credentials, ""))
    assert child["AWS_SECRET_ACCESS_KEY"] == credentials.secret_access_key
    assert not set(environment.NOT_FOR_CHILDREN) & set(child)
    assert child.get("OTHER") == environ.get("OTHER")


def test_program_gets_no_older_secret_in_the_memory() -> None:
    """A shell that the program starts can take the session out, and then has no keys but its old region."""
    before = {"AWS_SECRET_ACCESS_KEY": "older secret", "AWS_REGION": "older-region", "AWS_PROFILE": "older-profile"}
    child = exec_environ(before, environment.enter(before, "A", CREDENTIALS[0], "ours-1"))
    assert "older secret" not in "\n".join(child.values())
    assert without_session(child) == {"AWS_REGION": "older-region"}
