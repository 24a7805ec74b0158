"""`sso profiles`: a profile for every account and role, added to the config file and nothing else changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import at_terminal
from tests.house import SHELLVAULT, aws_cli

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.house import House
    from tests.sources.browsers import Browser

WRITE = ("sso", "profiles", "-f")
SECRET_LINE = "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ADDED = """\

[profile payments-prod-viewer]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = Viewer
"""


@pytest.fixture
def more(sso: Sso, browser: Browser) -> Sso:
    """Return the directory with one role in another account, which no profile has yet."""
    assert browser.opened == []
    sso.assign("Viewer", "444455556666", "Payments Prod")
    return sso


@pytest.mark.usefixtures("more")
def test_only_what_no_profile_has_is_added_at_the_end(house: House, browser: Browser) -> None:
    """The two that are there keep theirs; comments, order and mode stay, and the new profile works."""
    house.config.write_text(f"# mine\n{house.config.read_text()}\n[profile last]\n# no region\n")
    house.config.chmod(0o640)
    before = house.config.read_text()
    done = house.run(*WRITE)
    assert done.returncode == 0, done.stderr
    assert house.config.read_text() == before + ADDED
    assert house.config.stat().st_mode & 0o777 == 0o640
    assert done.stdout.endswith('To use the first: eval "$(shellvault env payments-prod-viewer)"\n')
    assert house.run("env", "payments-prod-viewer", "--shell", "bash").returncode == 0
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("more")
def test_a_second_run_changes_nothing(house: House) -> None:
    """And says so, without a question."""
    house.run(*WRITE)
    before = house.config.read_bytes()
    done = house.run("sso", "profiles", "--no-input")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Nothing to write: 3 roles in 2 accounts, each with a profile already.\n"
    assert house.config.read_bytes() == before


@pytest.mark.usefixtures("more")
def test_the_diff_shows_the_new_lines_and_no_others(house: House) -> None:
    """The last lines of the file may be a secret."""
    house.configure(f"[profile keys]\n{SECRET_LINE}")
    lines = len(house.config.read_text().splitlines())
    done = house.run(*WRITE)
    shown = done.stderr[done.stderr.index("--- ") :]
    assert shown.splitlines()[2:] == [
        f"@@ -{lines + 1},0 +{lines + 2},4 @@",
        *(f"+{x}" for x in ADDED[1:].splitlines()),
    ]
    assert house.config.read_text().endswith(f"{SECRET_LINE}\n{ADDED}")


@pytest.mark.usefixtures("more")
@pytest.mark.parametrize(("answer", "written", "status"), [("y", 1, 0), ("", 0, 130), ("no", 0, 130)])
def test_a_person_is_asked_first(house: House, answer: str, written: int, status: int) -> None:
    """After the diff; everything but yes leaves the file as it was."""
    before = house.config.read_text()
    with at_terminal(house, [SHELLVAULT, "sso", "profiles"]) as terminal:
        terminal.sees(r"\+sso_role_name = Viewer")
        terminal.sees(r"Add 1 profile to .*config\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.ends() == status
    assert house.config.read_text() == before + ADDED * written


@pytest.mark.usefixtures("more")
def test_without_a_person_it_only_shows(house: House) -> None:
    """Status 6, the diff, and the option that writes."""
    house.run("login", "--sso")
    before = house.config.read_text()
    done = house.run("sso", "profiles", "--no-input")
    assert (done.returncode, done.stdout, house.config.read_text()) == (6, "", before)
    assert "+[profile payments-prod-viewer]\n" in done.stderr
    assert "hint: say -f to write without a question\n" in done.stderr


def test_every_page_of_accounts_and_roles_is_read(house: House, sso: Sso, browser: Browser) -> None:
    """Five accounts, three roles, two to a page."""
    sso.page_size = 2
    for number in range(5):
        for role in ("A", "B", "C"):
            sso.assign(role, f"{number:012}", f"team {number}")
    done = house.run(*WRITE)
    assert done.stdout.startswith("Wrote 15 profiles to "), done.stderr
    assert [f"[profile team-{number}-{role}]" in house.config.read_text() for number in range(5) for role in "abc"]
    assert len(browser.opened) == 1


def test_no_name_is_used_twice(house: House, sso: Sso, browser: Browser) -> None:
    """Two accounts of one name take their numbers; a profile and a key pair keep their names."""
    house.add("shared-once", house.aws.world.user("alice").access_key(), "--no-config")
    house.configure("[profile shared-twice]\n")
    for account in ("000000000001", "000000000002"):
        sso.assign("Admin", account, "Shared")
    for role in ("Once", "Twice"):
        sso.assign(role, "000000000001", "Shared")
    assert house.run(*WRITE).returncode == 0
    names = [line[9:-1] for line in house.config.read_text().splitlines() if line.startswith("[profile shared")]
    assert sorted(names) == [
        "shared-000000000001-admin",
        "shared-000000000001-once",
        "shared-000000000001-twice",
        "shared-000000000002-admin",
        "shared-twice",
    ]
    assert len(browser.opened) == 1


@pytest.mark.parametrize(
    ("account_name", "name"),
    [
        ("$(touch x)", "touch-x"),
        ("Ünï / Söhne", "ünï-söhne"),
        ("[a]\nb=c", "a-b-c"),
        ("🚀", "444455556666"),
        ("-f", "f"),
    ],
)
def test_an_accounts_name_may_be_anything(
    house: House, sso: Sso, browser: Browser, account_name: str, name: str
) -> None:
    """What a shell or the config file would take for its own is left out of the profile's."""
    sso.assign("Viewer", "444455556666", account_name)
    assert house.run(*WRITE).returncode == 0
    assert f"\n[profile {name}-viewer]\n" in house.config.read_text()
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("more")
def test_windows_lines_and_links_stay(house: House) -> None:
    """The file is CRLF and lies behind a symbolic link, with bytes that are no text."""
    real = house.home / "dotfiles"
    real.write_bytes(b"# caf\xe9\r\n" + house.config.read_bytes().replace(b"\n", b"\r\n"))
    before = real.read_bytes()
    house.config.unlink()
    house.config.symlink_to(real)
    assert house.run(*WRITE).returncode == 0
    assert house.config.is_symlink()
    assert real.read_bytes() == before + ADDED.replace("\n", "\r\n").encode()


@pytest.mark.usefixtures("more")
@pytest.mark.parametrize(
    ("config", "words", "region"),
    [
        ("[default]\nregion = eu-north-1\n", (), "eu-north-1"),
        ("[default]\nregion = eu-north-1\n", ("--region", "us-east-1"), "us-east-1"),
        ("[default]\nregion = eu-north-1\n[sso-session corp]\nregion = eu-west-3\n", (), "eu-west-3"),
    ],
)
def test_a_region_is_written_where_one_is_known(house: House, config: str, words: tuple[str, ...], region: str) -> None:
    """A profile inherits none from [default]."""
    house.configure(config)
    assert house.run(*WRITE, *words).returncode == 0
    assert house.config.read_text().endswith(f"{ADDED}region = {region}\n")


def test_the_aws_cli_reads_what_was_written(house: House, more: Sso) -> None:
    """All its profiles, the new one among them."""
    house.run(*WRITE)
    for name, role in (("reader", "reader"), ("admin", "admin"), ("payments-prod-viewer", "Viewer")):
        found = house.command([aws_cli(), "configure", "get", "sso_role_name", "--profile", name])
        assert found.stdout == f"{role}\n"
    assert more.waiting() == []


def test_a_profile_whose_role_is_gone_is_named_and_left(house: House, more: Sso) -> None:
    """The person decides."""
    more.unassign("reader")
    before = house.config.read_text()
    done = house.run(*WRITE)
    assert "profile 'reader' takes the role reader in 111122223333, which you may not take; it was left" in done.stderr
    assert house.config.read_text() == before + ADDED
