"""Finds a browser of this machine that can keep console sessions apart: the user's own choice, if it can."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from shellvault.core.browser_kinds import CONTAINER, FIREFOX, KINDS, Browser, BrowserKind, find_kind
from shellvault.core.environment import child_environ
from shellvault.core.errors import NotAskedError
from shellvault.system import child_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.settings import Settings

_PATIENCE, _LONGEST = 2, 4096  # seconds, and bytes, of the desktop's answer


def find_browser(place: str, chosen: str, settings: Settings) -> Browser:
    """Return the browser for one of `LOGIN_PLACES`: the chosen one, the desktop's default, or the first one installed.

    `chosen` is what BROWSER says: command lines with colons between them, as `webbrowser` reads it.

    Raises:
        NotAskedError: there is none.
    """
    usable = (FIREFOX,) if place == CONTAINER else KINDS
    if found := next((each for each in _list_browsers(chosen, settings) if each.kind in usable), None):
        return found
    if place == CONTAINER:
        raise NotAskedError("containers need Firefox, which is not on PATH", "use --in profile, with another browser")
    names = ", ".join(kind.name for kind in KINDS)
    raise NotAskedError(f"no browser on PATH that can keep sessions apart ({names})", "name one in BROWSER")


def _list_browsers(chosen: str, settings: Settings) -> Iterator[Browser]:
    for line in chosen.split(os.pathsep):
        if browser := _find_chosen(line, settings):
            yield browser
    default = _ask_desktop(settings)
    for kind in sorted(KINDS, key=lambda kind: kind != default):
        if browser := _find_installed(kind, settings):
            yield browser


def _find_chosen(line: str, settings: Settings) -> Browser | None:
    """Return the browser of a command line, with the arguments that the user gave it."""
    try:
        words = shlex.split(line)
    except ValueError:  # an open quote
        return None
    kind = find_kind(words[0]) if words else None
    program = _find_program(words[0], settings) if kind else None
    if not kind or not program:
        return None
    return Browser(kind, (program, *(word for word in words[1:] if "%s" not in word and word != "&")))


def _find_installed(kind: BrowserKind, settings: Settings) -> Browser | None:
    programs = [*kind.programs, *([kind.app] if sys.platform == "darwin" else [])]
    program = next(filter(None, (_find_program(name, settings) for name in programs)), None)
    return Browser(kind, (program,)) if program else None


def _find_program(name: str, settings: Settings) -> str | None:
    found = shutil.which(name, path=settings.environ.get("PATH"))
    return os.path.join(settings.cwd, found) if found else None


def _ask_desktop(settings: Settings) -> BrowserKind | None:
    """Return the kind of the desktop's default browser, or None if it does not say."""
    if not sys.platform.startswith("linux") or not settings.has_display:
        return None
    words = ["xdg-settings", "get", "default-web-browser"]
    environ = child_environ(settings.environ)
    try:
        answer = child_program.run(
            words, environ=environ, cwd=settings.cwd, patience=_PATIENCE, most=_LONGEST, quiet=True
        )
    except (OSError, child_program.TooSlowError, child_program.TooMuchError):
        return None
    return find_kind(answer.stdout.decode(errors="replace"))
