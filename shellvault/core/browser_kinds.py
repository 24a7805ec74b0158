"""Browsers that can keep one console session apart from others, and the arguments that make them do it. Pure."""

from __future__ import annotations

from urllib.parse import quote

from shellvault.core.option_values import LOGIN_PLACES
from shellvault.core.record import Record

CONTAINER, _PROFILE, WINDOW = LOGIN_PLACES

EXTENSION = "Open external links in a container"
"""The extension with which Firefox opens containers by URL."""


class BrowserKind(Record):
    """A browser.

    Attributes:
        name: how people call it.
        word: what tells it from the others, in the names of its programs and desktop files.
        programs: its programs, in the order in which they are looked for.
        app: its program on macOS.
        private: the option for a private window.
    """

    name: str
    word: str
    programs: tuple[str, ...]
    app: str
    private: str


FIREFOX = BrowserKind(
    "Firefox",
    "firefox",
    ("firefox", "firefox-esr"),
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    "--private-window",
)
KINDS = (
    BrowserKind(
        "Chrome",
        "chrome",
        ("google-chrome", "google-chrome-stable", "chrome"),
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "--incognito",
    ),
    BrowserKind(
        "Chromium",
        "chromium",
        ("chromium", "chromium-browser"),
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "--incognito",
    ),
    BrowserKind(
        "Edge",
        "edge",
        ("microsoft-edge", "microsoft-edge-stable", "msedge"),
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        "--inprivate",
    ),
    BrowserKind(
        "Brave",
        "brave",
        ("brave-browser", "brave"),
        "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
        "--incognito",
    ),
    FIREFOX,
)
"""In the order in which they are looked for."""


class Browser(Record):
    """A browser on this machine: its kind, and its program with the arguments that the user wants it to have."""

    kind: BrowserKind
    command: tuple[str, ...]


def find_kind(name: str) -> BrowserKind | None:
    """Return the kind of browser that a program or a desktop file belongs to, judging by its name."""
    name = name.replace("\\", "/").rpartition("/")[2].lower()
    return next((kind for kind in KINDS if kind.word in name), None)


def browser_command(browser: Browser, place: str, profile: str, folder: str, url: str) -> tuple[str, ...]:
    """Return the command that opens a URL in one of `LOGIN_PLACES`, for a shellvault profile.

    `folder` is the browser's own for that profile; a container needs none.
    """
    if place == CONTAINER:
        return *browser.command, container_url(profile, url)
    is_firefox = browser.kind == FIREFOX
    # Without --new-instance: a second Firefox in the same folder would refuse to start, and this one opens a tab there.
    own = (
        ("--profile", folder)
        if is_firefox
        else (f"--user-data-dir={folder}", "--no-first-run", "--no-default-browser-check")
    )
    private = (browser.kind.private,) if place == WINDOW else ()
    return *browser.command, *own, *private, url


def container_url(name: str, url: str) -> str:
    """Return the URL that opens another one in the Firefox container of this name, which the extension may create."""
    return f"ext+container:name={quote(name, safe='', errors='replace')}&url={quote(url, safe='')}"
