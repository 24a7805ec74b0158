"""Whatever is done in a shell in whatever order: taking the session out leaves what the person alone would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from shellvault.core import environment
from shellvault.core.model import KeyPair, Session
from shellvault.core.record import Record, Secret
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.core.environment import Changes

CREDENTIALS = (
    Session("ASIAONE", Secret("ours 1"), Secret("ours token 1"), 1_800_000_000, 1_799_999_000),
    Session("ASIATWO", Secret("ours 2"), Secret("ours token 2"), 1_900_000_000, 1_899_999_000),
    KeyPair("AKIAOURS", Secret("ours 3")),
)
HELD = {environment.PROFILE: "A"}
NAMES = (*environment.SHADOWS, *environment.CREDENTIALS, "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_VAULT", "OTHER")


class Enter(Record):
    """`env PROFILE` in this shell."""

    profile: str
    credentials: Session | KeyPair
    region: str


class Renew(Record):
    """`env --refresh` in this shell."""

    credentials: Session | KeyPair


class Put(Record):
    """The person exports a variable, or unsets it."""

    name: str
    value: str | None


class Leave(Record):
    """`env --unset` in this shell."""


Step = Enter | Renew | Put | Leave

_VALUES = st.one_of(st.none(), st.just(""), st.text(alphabet="a%;:=\n\r\x1b'0B3D5A \udcff", max_size=8))
_CREDENTIALS = st.sampled_from(CREDENTIALS)
_PUTS = st.builds(Put, st.sampled_from(NAMES), _VALUES)
_STEPS = st.one_of(
    st.builds(Enter, st.sampled_from(["A", "B"]), _CREDENTIALS, st.sampled_from(["", "ours-1", "ours-2"])),
    st.builds(Renew, _CREDENTIALS),
    st.builds(Leave),
    _PUTS,
    _PUTS,
)


def after(environ: dict[str, str], changes: Changes) -> dict[str, str]:
    """Return an environment with changes applied, as the shell would."""
    merged: Changes = {**environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def step_in(environ: dict[str, str], step: Step) -> dict[str, str]:
    """Return the shell's environment after one step."""
    if isinstance(step, Put):
        return after(environ, {step.name: step.value})
    if isinstance(step, Enter):
        return after(environ, environment.enter(environ, step.profile, step.credentials, step.region, "/stamp"))
    if isinstance(step, Renew):
        held = environment.PROFILE in environ
        return after(environ, environment.renew(environ, step.credentials)) if held else environ
    return after(environ, environment.leave(environ))


def walk(environ: dict[str, str], steps: Sequence[Step]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the shell has after some steps, and what it would have by the person's own steps alone.

    To put what is there already says nothing: nobody can tell it from not having put it.
    """
    alone = environ
    for step in steps:
        if isinstance(step, Put) and environ.get(step.name) != step.value:
            alone = after(alone, {step.name: step.value})
        environ = step_in(environ, step)
    return environ, alone


@GENERATED
@given(st.lists(_PUTS, max_size=6), st.lists(_STEPS, max_size=8))
@example([Put("AWS_REGION", "%3B%25;%\n%0A")], [Enter("A", CREDENTIALS[0], "ours-1"), Renew(CREDENTIALS[1])])
@example([Put("AWS_REGION", "")], [Enter("A", CREDENTIALS[0], "ours-1")])
@example([], [Enter("A", CREDENTIALS[0], "ours-1"), Put("AWS_REGION", "mine"), Enter("A", CREDENTIALS[1], "ours-1")])
@example([], [Enter("A", CREDENTIALS[0], ""), Put("AWS_SESSION_TOKEN", None), Renew(CREDENTIALS[1])])
def test_leaving_gives_back_exactly_what_there_would_be(start: list[Put], steps: list[Step]) -> None:
    """Unset, empty and set are three states; what the person changed meanwhile is theirs; nothing of ours stays."""
    environ, alone = walk({"PATH": "/bin"}, [*start, *steps, Leave()])
    assert environ == alone


@GENERATED
@given(st.lists(_PUTS, max_size=6), st.lists(_STEPS, max_size=6), _CREDENTIALS, st.sampled_from(["", "ours-1"]))
def test_entering_shows_the_session_whatever_was_there(
    start: list[Put], steps: list[Step], held: Session | KeyPair, region: str
) -> None:
    """The credentials are the ones given, nothing shadows them, and nothing of another profile is left."""
    environ, alone = walk({}, [*start, *steps])
    entered = step_in(environ, Enter("Z", held, region))
    assert (entered["AWS_VAULT"], entered["SHELLVAULT_PROFILE"]) == ("Z", "Z")
    assert entered["AWS_ACCESS_KEY_ID"] == held.access_key_id
    assert entered.get("AWS_SESSION_TOKEN") == (held.session_token if isinstance(held, Session) else None)
    assert not [name for name in environment.SHADOWS if name in entered]
    assert entered.get("AWS_REGION") == (region or alone.get("AWS_REGION"))


@GENERATED
@given(
    st.text(alphabet="AWS_REGION:=;%0B3D5-PTHL\n\r\x1b\udcff", max_size=60), st.sampled_from([{}, HELD]), _CREDENTIALS
)
@example("PATH:-=/evil;LD_PRELOAD:-=/evil.so;SHELLVAULT_RESTORE:-=x", HELD, CREDENTIALS[0])
@example("AWS_REGION:-=evil;AWS_PROFILE", {}, CREDENTIALS[2])
def test_a_forged_memory_sets_nothing_but_what_is_ours_to_set(
    forged: str, held: dict[str, str], credentials: Session | KeyPair
) -> None:
    """Garbage raises nothing, and no name outside the managed ones is ever touched."""
    environ = {environment.MEMORY: forged, "PATH": "/bin"} | held
    touched = {
        *environment.leave(environ),
        *environment.enter(environ, "B", credentials, ""),
        *environment.renew(environ, credentials),
    }
    ours = {"AWS_VAULT", *(name for name in touched if name.startswith("SHELLVAULT_"))}
    assert touched <= {*NAMES, *ours} - {"OTHER"}
    assert isinstance(environment.is_ours(environ), bool)


@GENERATED
@given(st.lists(_PUTS, max_size=6), _CREDENTIALS)
def test_a_child_sees_the_session_and_none_of_our_notes(start: list[Put], held: Session | KeyPair) -> None:
    """What `exec` starts gets the credentials and neither memory nor passphrase."""
    environ, _alone = walk(dict.fromkeys(environment.NEVER_INHERITED, "secret"), start)
    child = environment.child(environ, environment.enter(environ, "A", held, ""))
    assert child["AWS_SECRET_ACCESS_KEY"] == held.secret_access_key
    assert not set(environment.NEVER_INHERITED) & set(child)
    assert child.get("OTHER") == environ.get("OTHER")
