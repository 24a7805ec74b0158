"""Where `login` opens a console: in the user's browser, or apart from other consoles."""

from __future__ import annotations

from shellvault.core.browser_kinds import CONTAINER, EXTENSION, WINDOW, Browser, browser_command
from shellvault.core.errors import NotAskedError, PersonNeededError, UsageError
from shellvault.core.record import Record
from shellvault.core.text import join_names, quote_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

    from shellvault.commands.login_sign_in import ConsoleSignIn
    from shellvault.settings import Settings
    from shellvault.ui.one_time_redirect import OneTimeRedirect
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
    printing = _extend_line(_leave_out(words, "--in"), "--stdout")
    if not settings.has_local_browser:
        raise NotAskedError("no browser is available on this machine", printing)
    if not place:
        if len(names) > 1:
            raise UsageError(
                f"in one browser session, {join_names(names)} would sign each other out",
                _extend_line(words, "--in", "profile"),
            )
        return ConsolePlace("", None, printing)
    from shellvault.ui.browser_finder import find_browser

    return ConsolePlace(place, find_browser(place, settings.environ.get("BROWSER", ""), settings), printing)


def open_consoles(sign_ins: Sequence[ConsoleSignIn], where: ConsolePlace, settings: Settings, ui: Ui) -> None:
    """Open a page in the browser that leads to each console, one after another, and wait until it was loaded.

    Raises:
        NotAskedError: the browser could not be started, or failed.
        PersonNeededError: it did not load the page.
        VaultUnavailableError: the browser's own folder cannot be created for one of them; none was opened.
    """
    from shellvault.ui.one_time_redirect import OneTimeRedirect

    for sign_in, folder in [(each, _make_folder(where, each.profile, settings.home)) for each in sign_ins]:
        with OneTimeRedirect(sign_in.url, ui.notice) as redirect:
            ui.notice(_describe(where, sign_in.profile, redirect.url))
            process = _start(where, sign_in.profile, folder, redirect.url, settings)
            _await_page(redirect, process, sign_in.profile, where)


def _make_folder(where: ConsolePlace, profile: str, home: str) -> str:
    from shellvault.storage.browser_folders import make_folder

    return make_folder(home, profile) if where.browser and where.place != CONTAINER else ""


def _start(where: ConsolePlace, profile: str, folder: str, url: str, settings: Settings) -> Popen[bytes] | None:
    """Start the browser; return its process if it is the browser itself, which tells whether it failed."""
    from shellvault.ui.browser import open_browser, start_browser

    if where.browser is None:
        open_browser(url, settings)
        return None
    return start_browser(browser_command(where.browser, where.place, profile, folder, url), settings)


def _await_page(redirect: OneTimeRedirect, process: Popen[bytes] | None, profile: str, where: ConsolePlace) -> None:
    what = f"the browser did not open the page for '{profile}'"
    for _ in range(BROWSER_TIMEOUT):
        status = process.poll() if process else None  # 0 is no failure: another process may have taken the URL
        if redirect.wait(1):
            return
        if status:
            raise NotAskedError(f"{what}, but ended with status {status}", where.printing)
    raise PersonNeededError(f"{what} within {BROWSER_TIMEOUT} s", where.printing)


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


def _leave_out(words: Sequence[str], option: str) -> list[str]:
    """Return a command line without an option and its value, however they are written."""
    end = words.index("--") if "--" in words else len(words)
    dropped = {number for number in range(end) if words[number] == option or words[number].startswith(f"{option}=")}
    dropped |= {number + 1 for number in dropped if words[number] == option}
    return [word for number, word in enumerate(words) if number not in dropped]


def _extend_line(words: Sequence[str], *added: str) -> str:
    """Return the same command line with more options."""
    end = words.index("--") if "--" in words else len(words)
    return " ".join(["shellvault", *map(quote_word, (*words[:end], *added, *words[end:]))])
