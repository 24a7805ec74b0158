"""Where `login` opens a console: in the user's browser, or apart from other consoles."""

from __future__ import annotations

from shellvault.core.browser_kinds import CONTAINER, EXTENSION, WINDOW, Browser, browser_command
from shellvault.core.errors import NotAskedError, PersonNeededError, UsageError
from shellvault.core.record import Record
from shellvault.core.text import quote_names, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.commands.login_sign_in import ConsoleSignIn
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

BROWSER_TIMEOUT = 60  # seconds


class ConsolePlace(Record):
    """Where consoles are opened.

    Attributes:
        place: one of `LOGIN_PLACES`; empty for the user's browser as it is.
        browser: the browser for it; None for the user's browser.
        printing: the command line that prints the URLs instead.
    """

    place: str
    browser: Browser | None
    printing: str


def choose_place(place: str, names: Sequence[str], words: Sequence[str], settings: Settings) -> ConsolePlace:
    """Return where to open the consoles of these profiles; `words` are the command line.

    Raises:
        NotAskedError: there is no browser, or none for this place.
        UsageError: several consoles would get into one browser session.
    """
    printing = _extend_line(words, "--stdout")
    if not settings.has_local_browser:
        raise NotAskedError("no browser is available on this machine", printing)
    if not place:
        if len(names) > 1:
            raise UsageError(
                f"in one browser session, {quote_names(names)} would sign each other out",
                _extend_line(words, "--in", "profile"),
            )
        return ConsolePlace("", None, printing)
    from shellvault.ui.browser_finder import find_browser

    return ConsolePlace(place, find_browser(place, settings.environ.get("BROWSER", ""), settings), printing)


def open_console(sign_in: ConsoleSignIn, where: ConsolePlace, settings: Settings, ui: Ui) -> None:
    """Open a page in the browser that leads to the console, and wait until the browser has loaded it.

    Raises:
        NotAskedError: the browser could not be started.
        PersonNeededError: it did not load the page.
        VaultUnavailableError: the browser's own folder cannot be created.
    """
    from shellvault.ui.browser import open_browser, start_browser
    from shellvault.ui.one_time_redirect import OneTimeRedirect

    with OneTimeRedirect(sign_in.url, ui.notice) as redirect:
        ui.notice(_describe(where, sign_in.profile, redirect.url))
        if where.browser is None:
            open_browser(redirect.url, settings)
        else:
            start_browser(_place_command(where, where.browser, sign_in.profile, settings.home, redirect.url), settings)
        if not redirect.wait(BROWSER_TIMEOUT):
            what = f"the browser did not open the page for '{sign_in.profile}' within {BROWSER_TIMEOUT} s"
            raise PersonNeededError(what, where.printing)


def _place_command(where: ConsolePlace, browser: Browser, profile: str, home: str, url: str) -> tuple[str, ...]:
    from shellvault.storage.browser_folders import make_folder

    folder = "" if where.place == CONTAINER else make_folder(home, profile)
    return browser_command(browser, where.place, profile, folder, url)


def _describe(where: ConsolePlace, profile: str, url: str) -> str:
    """Return what to tell the user while the browser starts: nobody can tell whether a window comes up."""
    otherwise = f"if no window opens, open {url} on this machine"
    if where.browser is None:
        return f"opening the console in the browser; {otherwise}"
    name = where.browser.kind.name
    if where.place == CONTAINER:
        needs = f"if nothing opens, install the extension “{EXTENSION}” there"
        return f"opening the console in the {name} container '{profile}'; {needs}"
    how = "a private window" if where.place == WINDOW else "a browser profile"
    return f"opening the console for '{profile}' in {how} of its own, in {name}; {otherwise}"


def _extend_line(words: Sequence[str], *added: str) -> str:
    """Return the same command line with more options."""
    end = words.index("--") if "--" in words else len(words)
    return " ".join(["shellvault", *map(quote_word, (*words[:end], *added, *words[end:]))])
