"""`login --in`: consoles of several accounts at once, in a real Chromium, and what other browsers are started with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest

from shellvault.core.browser_kinds import KINDS, Browser, browser_command
from shellvault.ui.browser_finder import find_browser
from tests.broker.secret_search import find_secrets
from tests.commands.role_profiles import add_role
from tests.login.chromium import Chromium
from tests.login.console_browser import ConsoleBrowser
from tests.sandbox import SHELLVAULT
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

ACCOUNTS = ("111122223333", "444455556666")
URL = "http://127.0.0.1:1/x"


@pytest.fixture
def chromium(sandbox: Sandbox, tmp_path: Path) -> Iterator[Chromium]:
    """Return a real Chromium whose browsers end with the test."""
    found = Chromium(tmp_path, sandbox.vault / "browsers")
    yield found
    found.stop()


def add_two_roles(sandbox: Sandbox) -> None:
    """Add the profile `reader`, and `audit/all` with a role in another account."""
    add_role(sandbox)
    role = sandbox.aws.world.role("auditor", account=ACCOUNTS[1], trusts=(ACCOUNTS[0],))
    sandbox.configure(f"[profile audit/all]\nrole_arn = {role.arn}\nsource_profile = base\n")


def test_two_accounts_are_open_side_by_side(sandbox: Sandbox, chromium: Chromium) -> None:
    """Each browser holds its own account's cookie, in a folder for this user only, which `clear` deletes after use.

    One browser would not do: signed in to the first account, it does not get into the second.
    """
    add_two_roles(sandbox)
    done = sandbox.run("login", "reader", "audit/all", "--in", "profile", BROWSER=str(chromium.path))
    assert done.returncode == 0, done.stderr
    opened = [line.partition(". ")[0] for line in done.stdout.splitlines()]
    assert opened == ["Opened the console for 'reader'", "Opened the console for 'audit/all'"]
    other, first = chromium.folders()
    console = f"{sandbox.aws.url}/console"
    assert [chromium.open_page(each, console) for each in (first, other, first)] == [
        f"account {account}" for account in (*ACCOUNTS, ACCOUNTS[0])
    ]
    second = sandbox.run("login", "audit/all", "--stdout").stdout.strip()
    assert chromium.open_page(first, second) == "BadRequest"
    refused = next(call for call in reversed(sandbox.aws.world.calls) if call.action == "login")
    assert (ACCOUNTS[1] in refused.principal, refused.outcome) == (True, "BadRequest")
    assert chromium.open_page(first, console) == f"account {ACCOUNTS[0]}"
    assert {path.stat().st_mode & 0o777 for path in (first, other, first.parent)} == {0o700}
    kept = sandbox.run("clear")
    assert "shellvault: 2 browser profiles in use, with a session of the console: " in kept.stderr
    assert "browser" not in kept.stdout
    chromium.stop()
    assert sandbox.run("clear", "audit/all").stdout == "Forgot 1 browser profile.\n"
    assert chromium.folders() == [first]


def test_a_container_gets_the_address_of_the_page(sandbox: Sandbox, tmp_path: Path) -> None:
    """Its name is the profile's, whatever that contains. The URL that signs in is on no command line."""
    name = "a&url=b #%\u00fc"
    add_role(sandbox)
    role = sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile '{name}']\nrole_arn = {role.arn}\nsource_profile = base\n")
    firefox = ConsoleBrowser(tmp_path, "firefox")
    done = sandbox.run("login", name, BROWSER=str(firefox.path), SHELLVAULT_LOGIN_IN="container")
    assert done.returncode == 0, done.stderr
    pages = firefox.pages
    assert firefox.argv == [f"ext+container:name={quote(name, safe='')}&url={quote(pages[0][0], safe='')}"]
    assert [status for _, status in pages] == [302, 302, 0]
    assert f"in the Firefox container '{name}'; if nothing opens, install the extension" in done.stderr
    assert find_secrets(unquote(firefox.argv[0]).encode(), sandbox.aws.world.secrets()) == []


def test_a_private_window_belongs_to_its_profile(sandbox: Sandbox, tmp_path: Path) -> None:
    """Private windows of one browser share their cookies; those of two folders do not. An option beats the variable."""
    add_two_roles(sandbox)
    edge, seen = ConsoleBrowser(tmp_path, "microsoft-edge"), []
    for name in ("reader", "audit/all"):
        done = sandbox.run(
            "login", name, "--in=window", BROWSER=f"{edge.path} --lang=de %s", SHELLVAULT_LOGIN_IN="container"
        )
        assert done.returncode == 0, done.stderr
        seen.append(edge.argv)
    assert {(*argv[:1], *argv[2:-1]) for argv in seen} == {
        ("--lang=de", "--no-first-run", "--no-default-browser-check", "--inprivate")
    }
    assert len({argv[1] for argv in seen}) == 2
    assert all(argv[1].startswith(f"--user-data-dir={sandbox.vault}/browsers/") for argv in seen)


def test_what_browsers_are_started_with() -> None:
    """Firefox gets no --new-instance: a second one with the same folder could not start."""
    commands = {
        f"{kind.name} {place}": " ".join(browser_command(Browser(kind, ("x",)), place, "a b", "/f", URL))
        for kind in KINDS
        for place in ("profile", "window")
    }
    assert commands == {
        **{
            f"{name} profile": f"x --user-data-dir=/f --no-first-run --no-default-browser-check {URL}"
            for name in ("Chrome", "Chromium", "Edge")
        },
        "Brave profile": f"x --user-data-dir=/f --no-first-run --no-default-browser-check {URL}",
        "Chrome window": f"x --user-data-dir=/f --no-first-run --no-default-browser-check --incognito {URL}",
        "Chromium window": f"x --user-data-dir=/f --no-first-run --no-default-browser-check --incognito {URL}",
        "Edge window": f"x --user-data-dir=/f --no-first-run --no-default-browser-check --inprivate {URL}",
        "Brave window": f"x --user-data-dir=/f --no-first-run --no-default-browser-check --incognito {URL}",
        "Firefox profile": f"x --profile /f {URL}",
        "Firefox window": f"x --profile /f --private-window {URL}",
    }


@pytest.mark.parametrize(
    ("chosen", "default", "found"),
    [
        ("", "", "chromium"),
        ("", "org.mozilla.firefox.desktop", "firefox-esr"),
        ("", "brave-browser.desktop", "chromium"),
        ("lynx:firefox-esr", "chromium.desktop", "firefox-esr"),
        ("'open", "", "chromium"),
    ],
)
def test_the_users_own_browser_comes_first(tmp_path: Path, chosen: str, default: str, found: str) -> None:
    """What BROWSER names, then the desktop's default, if it can keep sessions apart and is there."""
    for name, text in (("chromium", ""), ("firefox-esr", ""), ("lynx", ""), ("xdg-settings", f"echo {default}")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o700)
    settings = make_settings({"PATH": str(tmp_path), "DISPLAY": ":0", "HOME": str(tmp_path)})
    assert find_browser("profile", chosen, settings).command == (str(tmp_path / found),)
    assert find_browser("container", chosen, settings).command == (str(tmp_path / "firefox-esr"),)


REFUSED = [
    (
        ("reader", "base"),
        {},
        2,
        "in one browser session, 'reader' and 'base' would sign each other out",
        "shellvault login reader base --in profile",
    ),
    (
        ("reader", "--in", "containr"),
        {},
        2,
        "--in must be container, profile or window, not 'containr'",
        "did you mean container?",
    ),
    (
        ("reader",),
        {"SHELLVAULT_LOGIN_IN": "tab"},
        2,
        "SHELLVAULT_LOGIN_IN must be container, profile or window, not 'tab'",
        "choose one of: container, profile, window",
    ),
    (
        ("reader", "--in=profile", "-s"),
        {},
        2,
        "--stdout opens nothing, so --in has no meaning",
        "leave out one of them",
    ),
    (
        ("reader", "--service=ec2", "--path=s3"),
        {},
        2,
        "--service and --path both say which page to show",
        "leave out one of them",
    ),
    (
        ("reader", "--in=container"),
        {},
        6,
        "containers need Firefox, which is not on PATH",
        "use --in profile, with another browser",
    ),
    (
        ("reader",),
        {"SHELLVAULT_LOGIN_IN": "window"},
        6,
        "no browser on PATH that can keep sessions apart (Chrome, Chromium, Edge, Brave, Firefox)",
        "name one in BROWSER",
    ),
    (
        ("reader", "--in=profile"),
        {"BROWSER": ""},
        6,
        "no browser is available on this machine",
        "shellvault login reader --stdout",
    ),
    (
        ("reader", "--in", "profile", "base", "--service", "ec2"),
        {"BROWSER": ""},
        6,
        "no browser is available on this machine",
        "shellvault login reader base --service ec2 --stdout",
    ),
    *(
        (
            ("reader", option, ""),
            {"SHELLVAULT_LOGIN_IN": ""},
            2,
            f"{option} is empty",
            f"give it a value, or leave out {option}; is a variable unset?",
        )
        for option in ("--in", "--service", "--path")
    ),
    (
        ("base", "reader", "--role-arn=arn:aws:iam::111122223333:role/reader"),
        {},
        2,
        "login: unexpected argument 'reader'",
        "name only one PROFILE beside a role",
    ),
    (("--sso", "a", "b"), {}, 2, "login: unexpected argument 'b'", "shellvault login --sso [PROFILE] [options]"),
    (
        ("--sso", "a", "--in=window"),
        {},
        2,
        "--in is about the console, which --sso does not open",
        "leave out one of them",
    ),
]


def test_what_cannot_be_opened_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Before AWS is called, with what to type instead."""
    add_role(sandbox)
    (tmp_path / "shellvault").symlink_to(SHELLVAULT)
    for words, environ, status, error, hint in REFUSED:
        done = sandbox.run("login", *words, **{"PATH": str(tmp_path), "BROWSER": "lynx", **environ})
        assert (done.returncode, done.stdout) == (status, "")
        assert done.stderr == f"error: {error}\nhint: {hint}\n"
    assert sandbox.aws.world.calls == []


def test_a_failure_opens_no_console(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder that others choose is refused before the first one opens; nobody waits for a browser that failed."""
    add_two_roles(sandbox)
    chromium = ConsoleBrowser(tmp_path, "chromium")
    chromium.path.write_text(f"#!/bin/sh\necho >>{tmp_path}/started\nexit 3\n")
    words = ("login", "reader", "audit/all", "--in", "profile")
    failed = sandbox.run(*words, BROWSER=str(chromium.path))
    assert (failed.returncode, failed.stdout) == (6, "")
    assert failed.stderr.endswith(
        "error: the browser did not open the page for 'reader', but ended with status 3\n"
        "hint: shellvault login reader audit/all --stdout\n"
    )
    folders = sandbox.vault / "browsers"
    (folder,) = folders.glob("audit-all-*")
    folder.rmdir()
    folder.symlink_to(tmp_path)
    refused = sandbox.run(*words, BROWSER=str(chromium.path))
    assert (refused.returncode, (tmp_path / "started").read_text()) == (5, "\n")
    assert refused.stderr.endswith(
        f"error: {folder} must be a folder that only you can use, not a symbolic link\nhint: rm {folder}\n"
    )


def test_several_urls_are_printed_in_order(sandbox: Sandbox) -> None:
    """One a line, each profile once; SHELLVAULT_LOGIN_IN does not count. If one is refused, nothing is printed."""
    add_two_roles(sandbox)
    names = ("audit/all", "reader", "audit/all")
    done = sandbox.run("login", *names, "-s", "--service", "ec2", SHELLVAULT_LOGIN_IN="profile")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert all("console.aws.amazon.com%2Fec2%2Fhome" in line for line in done.stdout.splitlines())
    assumed = [call.params["RoleArn"] for call in sandbox.aws.world.calls if call.action == "AssumeRole"]
    assert [arn.rpartition("/")[2] for arn in assumed] == ["auditor", "reader"]
    role = sandbox.aws.world.role("closed", trusts=())
    sandbox.configure(f"[profile closed]\nrole_arn = {role.arn}\nsource_profile = base\n")
    tokens = sandbox.aws.world.count("getSigninToken")
    refused = sandbox.run("login", "reader", "closed", "-s")
    assert (refused.returncode, refused.stdout) == (7, "")
    assert sandbox.aws.world.count("getSigninToken") == tokens
