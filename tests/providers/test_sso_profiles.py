"""`sso profiles`: adds a profile for every account and role to the config file, and changes nothing else in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT, aws_cli

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

WRITE = ("sso", "profiles", "-f")
SECRET_LINE = "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ADDED = """\

[profile payments-prod-viewer]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = Viewer
"""


@pytest.fixture
def one_more_role(sso: Sso, browser: SignInBrowser) -> Sso:
    """Return the directory with one role in another account, which no profile has yet."""
    assert browser.opened == []
    sso.assign("Viewer", "444455556666", "Payments Prod")
    return sso


@pytest.mark.usefixtures("one_more_role")
def test_only_missing_roles_are_added_at_the_end(sandbox: Sandbox, browser: SignInBrowser) -> None:
    """Existing profiles, comments, order and mode stay, and the new profile works."""
    sandbox.config.write_text(f"# mine\n{sandbox.config.read_text()}\n[profile last]\n# no region\n")
    sandbox.config.chmod(0o640)
    before = sandbox.config.read_text()
    done = sandbox.run(*WRITE)
    assert done.returncode == 0, done.stderr
    assert sandbox.config.read_text() == before + ADDED
    assert sandbox.config.stat().st_mode & 0o777 == 0o640
    assert done.stdout.endswith('To use the first: eval "$(shellvault env payments-prod-viewer)"\n')
    assert sandbox.run("env", "payments-prod-viewer", "--shell", "bash").returncode == 0
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("one_more_role")
def test_a_second_run_changes_nothing(sandbox: Sandbox) -> None:
    """It says so, and does not ask."""
    sandbox.run(*WRITE)
    before = sandbox.config.read_bytes()
    done = sandbox.run("sso", "profiles", "--no-input")
    notice = f"shellvault: the credentials come from {sandbox.aws.url}, not from AWS\n"
    assert (done.returncode, done.stderr) == (0, notice)
    assert done.stdout == "Nothing to write: 3 roles in 2 accounts, each with a profile already.\n"
    assert sandbox.config.read_bytes() == before


@pytest.mark.usefixtures("one_more_role")
def test_the_diff_shows_the_new_lines_and_no_others(sandbox: Sandbox) -> None:
    """The last lines of the file may be a secret."""
    sandbox.configure(f"[profile keys]\n{SECRET_LINE}")
    lines = len(sandbox.config.read_text().splitlines())
    done = sandbox.run(*WRITE)
    shown = done.stderr[done.stderr.index("--- ") :]
    assert "1 profile to add:\n--- " in done.stderr
    assert shown.splitlines()[2:] == [
        f"@@ -{lines + 1},0 +{lines + 2},4 @@",
        *(f"+{x}" for x in ADDED[1:].splitlines()),
    ]
    assert sandbox.config.read_text().endswith(f"{SECRET_LINE}\n{ADDED}")


@pytest.mark.usefixtures("one_more_role")
@pytest.mark.parametrize(("answer", "written", "status"), [("y", 1, 0), ("", 0, 2), ("no", 0, 2)])
def test_the_user_is_asked_first(sandbox: Sandbox, answer: str, written: int, status: int) -> None:
    """After the diff; any answer except yes leaves the file unchanged."""
    before = sandbox.config.read_text()
    with open_terminal(sandbox, [SHELLVAULT, "sso", "profiles"]) as terminal:
        terminal.expect(r"\+sso_role_name = Viewer")
        terminal.expect(r"Add 1 profile to .*config\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.wait_for_exit() == status
    assert sandbox.config.read_text() == before + ADDED * written


@pytest.mark.usefixtures("one_more_role")
def test_no_input_only_shows_the_diff(sandbox: Sandbox) -> None:
    """The status is 6, and the hint has the option that writes."""
    sandbox.run("login", "--sso")
    before = sandbox.config.read_text()
    done = sandbox.run("sso", "profiles", "--no-input")
    assert (done.returncode, done.stdout, sandbox.config.read_text()) == (6, "", before)
    assert "+[profile payments-prod-viewer]\n" in done.stderr
    assert "hint: use --force to write without asking\n" in done.stderr


@pytest.mark.usefixtures("browser")
def test_a_long_list_shows_its_progress(sandbox: Sandbox, sso: Sso) -> None:
    """It does so on a terminal, since somebody is waiting."""
    for number in range(6):
        sso.assign("A", f"{number:012}", f"team {number}")
    sandbox.run("login", "--sso")
    sandbox.aws.faults.latency = 1.2
    with open_terminal(sandbox, [SHELLVAULT, *WRITE]) as terminal:
        terminal.expect(r"shellvault: read the roles of [1-6] of 7 accounts")
        assert terminal.wait_for_exit() == 0


def test_every_page_of_accounts_and_roles_is_read(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Five accounts and three roles, two to a page."""
    sso.page_size = 2
    for number in range(5):
        for role in ("A", "B", "C"):
            sso.assign(role, f"{number:012}", f"team {number}")
    done = sandbox.run(*WRITE)
    assert done.stdout.startswith("Wrote 15 profiles to "), done.stderr
    assert [f"[profile team-{number}-{role}]" in sandbox.config.read_text() for number in range(5) for role in "abc"]
    assert len(browser.opened) == 1


def test_no_name_is_used_twice(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Two accounts with one name get their numbers; existing profiles and key pairs keep their names."""
    sandbox.add("shared-once", sandbox.aws.world.user("alice").access_key(), "--no-config")
    sandbox.configure("[profile shared-twice]\n")
    for account in ("000000000001", "000000000002"):
        sso.assign("Admin", account, "Shared")
    for role in ("Once", "Twice"):
        sso.assign(role, "000000000001", "Shared")
    assert sandbox.run(*WRITE).returncode == 0
    names = [line[9:-1] for line in sandbox.config.read_text().splitlines() if line.startswith("[profile shared")]
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
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser, account_name: str, name: str
) -> None:
    """Characters that a shell or the config file could interpret are left out of the profile's name."""
    sso.assign("Viewer", "444455556666", account_name)
    assert sandbox.run(*WRITE).returncode == 0
    assert f"\n[profile {name}-viewer]\n" in sandbox.config.read_text()
    assert len(browser.opened) == 1


@pytest.mark.usefixtures("one_more_role")
def test_crlf_and_symbolic_links_are_kept(sandbox: Sandbox) -> None:
    """The file has CRLF line endings and non-ASCII letters, and is behind a symbolic link."""
    real = sandbox.home / "dotfiles"
    real.write_bytes("# caf\u00e9\r\n".encode() + sandbox.config.read_bytes().replace(b"\n", b"\r\n"))
    before = real.read_bytes()
    sandbox.config.unlink()
    sandbox.config.symlink_to(real)
    assert sandbox.run(*WRITE).returncode == 0
    assert sandbox.config.is_symlink()
    assert real.read_bytes() == before + ADDED.replace("\n", "\r\n").encode()


@pytest.mark.usefixtures("one_more_role")
@pytest.mark.parametrize(
    ("config", "words", "region"),
    [
        ("[default]\nregion = eu-north-1\n", (), "eu-north-1"),
        ("[default]\nregion = eu-north-1\n", ("--region", "us-east-1"), "us-east-1"),
        ("[default]\nregion = eu-north-1\n[sso-session corp]\nregion = eu-west-3", (), "eu-west-3"),
    ],
)
def test_a_region_is_written_where_one_is_known(
    sandbox: Sandbox, config: str, words: tuple[str, ...], region: str
) -> None:
    """A profile inherits no region from [default]."""
    header = "[sso-session corp]\n"
    default, _, session = config.partition(header)
    sandbox.config.write_text(default + sandbox.config.read_text().replace(header, f"{header}{session}\n"))
    assert sandbox.run(*WRITE, *words).returncode == 0
    assert sandbox.config.read_text().endswith(f"{ADDED}region = {region}\n")


def test_the_aws_cli_reads_what_was_written(sandbox: Sandbox, one_more_role: Sso) -> None:
    """All profiles, including the new one."""
    sandbox.run(*WRITE)
    for name, role in (("reader", "reader"), ("admin", "admin"), ("payments-prod-viewer", "Viewer")):
        found = sandbox.command([aws_cli(), "configure", "get", "sso_role_name", "--profile", name])
        assert found.stdout == f"{role}\n"
    assert one_more_role.waiting() == []


def test_a_profile_whose_role_is_gone_is_reported_and_kept(sandbox: Sandbox, one_more_role: Sso) -> None:
    """The user decides about it."""
    one_more_role.unassign("reader")
    before = sandbox.config.read_text()
    done = sandbox.run(*WRITE)
    assert (
        "profile 'reader' has the role reader in 111122223333, which is not assigned to you; it was kept" in done.stderr
    )
    assert sandbox.config.read_text() == before + ADDED
