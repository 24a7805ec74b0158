"""Checks whether programs in a shell set up with `--process` really ask shellvault, and for which profile."""

from __future__ import annotations

import os

from shellvault.awsconfig.process_config import describe_override, find_overrides
from shellvault.awsconfig.reader import Config
from shellvault.core.environment import CHOICE, CREDENTIALS, SHADOWS
from shellvault.core.errors import ShellvaultError
from shellvault.core.ownership import chosen_profile
from shellvault.core.process_environment import THROUGH
from shellvault.core.shell_memory import CONFIG_FILES, TOKEN_FILE
from shellvault.doctor.finding import OK, WARN, Finding
from shellvault.system.atomic_file import read_text
from shellvault.system.paths import expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.core.chain.resolve import ResolvedChain


def check_process(environ: Mapping[str, str], resolve: Callable[[str], ResolvedChain]) -> list[Finding]:
    """Check such a shell."""
    name = chosen_profile(environ)
    whom = f"for '{name}'" if name else "for the profile that they are given"
    asked = Finding(OK, f"programs in this shell ask shellvault {whom}, {THROUGH}")
    return find_process_notes(environ, resolve) or [asked]


def find_process_notes(environ: Mapping[str, str], resolve: Callable[[str], ResolvedChain]) -> list[Finding]:
    """Return what keeps programs in such a shell from asking, or from getting an answer."""
    found = [*_find_shadows(environ), *_find_overridden(environ), *_find_unreadable(environ)]
    return [*found, *_find_missing(environ, resolve)]


def list_shadows(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that programs may use and not ask."""
    return [name for name in (CREDENTIALS[0], *SHADOWS, TOKEN_FILE) if environ.get(name) and name not in CHOICE]


def _find_shadows(environ: Mapping[str, str]) -> Iterator[Finding]:
    for variable in list_shadows(environ):
        yield Finding(WARN, f"{variable} is set, so programs may use it and not ask", f"unset {variable}")


def _find_overridden(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find profiles whose credentials file comes first: the chosen one, or without one, any that would ask."""
    file = environ.get(CONFIG_FILES[1]) or expand("~/.aws/credentials", environ, os.curdir)
    try:
        overrides = find_overrides(read_text(file), file)
        asking = Config.read(environ.get(CONFIG_FILES[0], ""))
    except ShellvaultError:
        return
    chosen = chosen_profile(environ)
    for name, key in overrides.items():
        is_asked = "credential_process" in asking.section(f"profile {name}")
        if name == chosen if chosen else is_asked:
            what, fix = describe_override(name, key, file)
            yield Finding(WARN, f"{what} and do not ask", fix)


def _find_unreadable(environ: Mapping[str, str]) -> Iterator[Finding]:
    file = environ.get(CONFIG_FILES[0], "")
    if not os.access(file, os.R_OK):
        yield Finding(WARN, f"the generated config file {file} cannot be read", 'eval "$(shellvault env --process)"')


def _find_missing(environ: Mapping[str, str], resolve: Callable[[str], ResolvedChain]) -> Iterator[Finding]:
    if name := chosen_profile(environ):
        try:
            resolve(name)
        except ShellvaultError as error:
            yield Finding(WARN, error.message, error.hint)
