"""Checks whether programs in a shell set up with `--server` really ask the endpoint, and whether it answers them."""

from __future__ import annotations

from shellvault.core.environment import (
    CHOICE,
    CONTAINER_TOKEN_FILE,
    CONTAINER_URI,
    CREDENTIALS,
    PROFILE,
    SERVER,
    SHADOWS,
)
from shellvault.core.shell_memory import TOKEN_FILE
from shellvault.doctor.finding import OK, WARN, Finding
from shellvault.doctor.session_check import describe_again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.core.wish import ClaimStatus

    FindClaim = Callable[[str], ClaimStatus | None]

_PUT_THERE = (CONTAINER_URI, CONTAINER_TOKEN_FILE)


def check_endpoint(environ: Mapping[str, str], find_claim: FindClaim) -> list[Finding]:
    """Check a shell that was set up with `--server`."""
    asked = Finding(OK, f"programs in this shell ask {name_endpoint(environ)} for '{environ.get(PROFILE)}'")
    return find_endpoint_notes(environ, find_claim(environ[SERVER])) or [asked]


def name_endpoint(environ: Mapping[str, str]) -> str:
    """Return the host and port of a shell's endpoint."""
    return environ.get(SERVER, "").removeprefix("http://").partition("/")[0]


def find_endpoint_notes(environ: Mapping[str, str], claim: ClaimStatus | None) -> list[Finding]:
    """Return what keeps programs in such a shell from asking, or from getting an answer."""
    return [*_find_shadows(environ), *_find_failures(environ, claim)]


def list_shadows(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that programs may use and not ask."""
    same = [name for name in CHOICE if environ.get(name) == environ.get(PROFILE)]
    names = (CREDENTIALS[0], *SHADOWS, TOKEN_FILE)
    return [name for name in names if environ.get(name) and name not in (*_PUT_THERE, *same)]


def _find_shadows(environ: Mapping[str, str]) -> Iterator[Finding]:
    for variable in list_shadows(environ):
        yield Finding(WARN, f"{variable} is set, so programs may use it and not ask", f"unset {variable}")


def _find_failures(environ: Mapping[str, str], claim: ClaimStatus | None) -> Iterator[Finding]:
    again = f'eval "$(shellvault env --server {describe_again(environ)})"'
    if claim is None:
        yield Finding(WARN, "the endpoint does not answer programs of this shell", again)
    elif claim.error:
        yield Finding(WARN, f"programs get no new session: {claim.error}")
