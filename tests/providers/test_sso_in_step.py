"""`sso profiles` keeps a config file in step: --prune, --check, --only, --template and --all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.reader import Config
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

WRITE = ("sso", "profiles", "-f")
PRUNE = ("sso", "profiles", "--prune")
CHECK = ("sso", "profiles", "--check", "--no-input")
SECTION = """
[profile team-{0}]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = {0}
"""
MOVED = """
# a comment above
[profile 'team-moved']

  sso_role_name=moved
  sso_account_id: 444455556666
  sso_session =   corp
"""
MINE = """
[profile mine]
source_profile = team-source
role_arn = arn:aws:iam::111122223333:role/x
"""
SPELLINGS = {
    "{0}/": "eu-west-1",
    "{0}": "EU-WEST-1",
    "{0}/#/?tab=accounts": "eu-west-1",
    "HTTPS://D-1234567890.AWSAPPS.COM:443//Start": "Eu-West-1",
}


@pytest.fixture
def team(sso: Sso, browser: SignInBrowser) -> Sso:
    """Return the directory, with four roles in an account for which there are no profiles yet."""
    assert browser.opened == []
    for role in ("changed", "moved", "plain", "source"):
        sso.assign(role, "444455556666", "Team")
    return sso


def test_prune_removes_only_what_nobody_changed_or_needs(sandbox: Sandbox, team: Sso) -> None:
    """It shows the lines, asks, says why a profile stays, and leaves everything else as it was."""
    head = sandbox.config.read_text()
    assert sandbox.run(*WRITE).returncode == 0
    written = {role: SECTION.format(role) for role in ("changed", "moved", "plain", "source")}
    assert sandbox.config.read_text() == f"{head}{''.join(written.values())}"
    assert (sandbox.vault / "sso-profiles").stat().st_mode & 0o777 == 0o600
    kept = f"{head}{written['changed']}output = json\n{written['source']}{MINE}\n# a comment above\n"
    before = f"{head}{written['changed']}output = json\n{written['plain']}{written['source']}{MINE}{MOVED}"
    sandbox.config.write_text(before)
    for role in written:
        team.unassign(role, "444455556666")
    team.unassign("reader")
    with open_terminal(sandbox, [SHELLVAULT, *PRUNE]) as terminal:
        terminal.expect(r"Remove 2 profiles from .*config\? \[y/N\] ")
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130
    assert sandbox.config.read_text() == before
    with open_terminal(sandbox, [SHELLVAULT, *PRUNE]) as terminal:
        terminal.expect(r"-sso_role_name = plain")
        terminal.expect(r"\[y/N\] ")
        terminal.type("y")
        assert terminal.wait_for_exit() == 0
        shown = " ".join(terminal.output.split())
    assert sandbox.config.read_text() == kept
    for name, reason in {
        "reader": "it was written by hand or on another machine",
        "team-changed": "somebody has changed it since",
        "team-source": "profile 'mine' names it as its source_profile",
    }.items():
        assert f"profile '{name}' has the role" in shown
        assert f"it was kept, because {reason}" in shown
    assert sandbox.run(*PRUNE, "--no-input").stdout.startswith("Nothing to write: 1 role in 1 account")


def test_check_says_whether_the_same_command_would_write(sandbox: Sandbox, team: Sso) -> None:
    """It prints the diff, ends with status 1 and writes nothing; without a sign-in the status is 6."""
    assert sandbox.run(*CHECK).returncode == 6
    sandbox.run("login", "--sso")
    before = sandbox.config.read_text()
    done = sandbox.run(*CHECK)
    assert (done.returncode, sandbox.config.read_text()) == (1, before)
    assert "\n+[profile team-plain]\n" in done.stdout
    assert done.stdout.endswith("\nOut of step: 4 profiles to add.\n")
    sandbox.run(*WRITE)
    assert sandbox.run(*CHECK).returncode == 0
    team.unassign("plain", "444455556666")
    done = sandbox.run(*CHECK)
    assert (done.returncode, done.stdout.startswith("Nothing to write: ")) == (0, True)
    assert "which is not assigned to you; it was kept (--prune removes it)\n" in done.stderr
    done = sandbox.run(*CHECK, "--prune")
    assert done.returncode == 1
    assert "\n-[profile team-plain]\n" in done.stdout
    assert done.stdout.endswith("\nOut of step: 1 profile to remove.\n")


def test_without_its_record_nothing_is_removed(sandbox: Sandbox, team: Sso) -> None:
    """If it is lost, every profile is somebody else's. If it is damaged, that is said, and it is never overwritten."""
    sandbox.run(*WRITE)
    file = sandbox.vault / "sso-profiles"
    assert len(json.loads(file.read_text())[str(sandbox.config)]) == 4
    team.unassign("plain", "444455556666")
    for damaged in (None, '{"a": {"b": 1}}', "", "{"):
        file.unlink() if damaged is None else file.write_text(damaged)
        done = sandbox.run(*PRUNE, "-f")
        assert (done.returncode, "\n[profile team-plain]\n" in sandbox.config.read_text()) == (0, True)
        assert ("it was written by hand or on another machine\n" in done.stderr) == (damaged is None)
        assert ("because the record of what sso profiles wrote cannot be read\n" in done.stderr) == (
            damaged is not None
        )
        assert (f"shellvault: {file} is damaged; it records what" in done.stderr) == (damaged is not None)
    for number, kept in enumerate(("sso-profiles.damaged", "sso-profiles.damaged-2")):
        file.write_text(f"{{{number}")
        team.assign(f"new{number}", "444455556666", "Team")
        done = sandbox.run(*WRITE)
        assert f"and the one that cannot be read was kept: {sandbox.vault / kept}\n" in done.stderr
        assert (sandbox.vault / kept).read_text() == f"{{{number}"
        assert [*json.loads(file.read_text())[str(sandbox.config)]] == [f"team-new{number}"]


@pytest.mark.usefixtures("team")
def test_a_record_that_cannot_be_read_stays(sandbox: Sandbox) -> None:
    """Here a folder is in its place. The profiles are written, but cannot be recorded."""
    file = sandbox.vault / "sso-profiles"
    file.mkdir(parents=True)
    done = sandbox.run(*WRITE)
    assert (done.returncode, "\n[profile team-plain]\n" in sandbox.config.read_text(), file.is_dir()) == (0, True, True)
    assert f"shellvault: cannot read {file}: Is a directory; it records what sso profiles wrote, so" in done.stderr
    assert "so --prune will not remove these profiles\n" in done.stderr


def test_an_empty_portal_removes_nothing(sandbox: Sandbox, team: Sso) -> None:
    """More likely than the loss of every role is the wrong user at the browser."""
    sandbox.run(*WRITE)
    before = sandbox.config.read_text()
    for account, role in team.assigned():
        team.unassign(role, account)
    done = sandbox.run(*PRUNE, "-f")
    assert (done.returncode, sandbox.config.read_text()) == (7, before)
    assert "no role at all is assigned to you at 'corp', so nothing is removed\n" in done.stderr


def test_only_selects_and_a_template_names(sandbox: Sandbox, team: Sso, browser: SignInBrowser) -> None:
    """Patterns match the new name, the account or the role; one that selects nothing is an error."""
    team.assign("plain", "777788889999", "Team")
    new = ("--template", "{account}/{role}", "--prefix", "X y:")
    done = sandbox.run(*WRITE, *new, "--only", "X y:team*,account=Te*,account=1*,role=[ps]*")
    assert done.returncode == 0, done.stderr
    names = [name for name in Config(sandbox.config.read_text()).names() if name.startswith("X")]
    assert names == ["X y:team-444455556666/plain", "X y:team/source", "X y:team-777788889999/plain"]
    done = sandbox.run(*WRITE, *new, "--only", "team-*")
    assert done.returncode == 3
    assert "--only 'team-*' matches no profile\nhint: there are profiles: 'reader', 'admin', " in done.stderr
    assert len(browser.opened) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--template", "{name}"), "--template: {name} is not a field\nhint: the fields are {account}, {account_id}, "),
        (("--template", "{account}]"), "--template: ']' cannot be in a profile's name\nhint: leave out brackets, "),
        (("--prefix", "a{"), "a brace of --prefix 'a{' has no counterpart"),
        (("--only", "account="), "a pattern of --only is empty"),
        (("--only", ""), "a pattern of --only is empty"),
        (("--check",), "--check writes nothing"),
        (("--all", "corp"), "--all is every [sso-session], not only 'corp'"),
    ],
)
def test_a_command_line_without_sense_signs_nobody_in(
    sandbox: Sandbox, team: Sso, browser: SignInBrowser, words: tuple[str, ...], said: str
) -> None:
    """It ends with status 2, before a browser opens."""
    done = sandbox.run(*WRITE, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert (browser.opened, team.waiting()) == ([], [])


def test_all_sessions_of_one_portal_are_one_sign_in(sandbox: Sandbox, team: Sso, browser: SignInBrowser) -> None:
    """However each spells it and its region; every role gets one profile, and the sign-in serves those of all."""
    for number, (spelled, region) in enumerate(SPELLINGS.items()):
        url = spelled.format(team.start_url)
        sandbox.configure(f"[sso-session s{number}]\nsso_start_url = {url}\nsso_region = {region}\n")
        sandbox.configure(f"[profile p{number}]\nsso_session = s{number}\nsso_account_id = 444455556666\n")
        sandbox.configure(f"sso_role_name = {('changed', 'moved', 'plain', 'source')[number]}\n")
    team.assign("last", "444455556666", "Team")
    done = sandbox.run(*WRITE, "--all")
    assert done.stdout.startswith("Wrote 1 profile to "), done.stderr
    for name in ("p0", "p1", "p3", "team-last", "admin"):
        assert sandbox.run("env", name, "--shell", "bash", "--no-input").returncode == 0
    assert len(browser.opened) == 1
    assert sandbox.run("clear", "s2").stdout == "Forgot the sign-in.\n"
    assert sandbox.run("login", "--sso", "corp", "--no-input").returncode == 6


def test_one_failing_session_of_all_writes_nothing(sandbox: Sandbox, team: Sso) -> None:
    """The error names it; names stay unique over all sessions, and the user is asked once."""
    sandbox.run("login", "--sso")
    sandbox.configure(f"[sso-session far]\nsso_start_url = {team.start_url}\nsso_region = us-east-1\n")
    before = sandbox.config.read_text()
    done = sandbox.run(*WRITE, "--all", "--no-input")
    assert (done.returncode, sandbox.config.read_text()) == (6, before)
    assert "error: 'far' needs a sign-in at " in done.stderr
    with open_terminal(sandbox, [SHELLVAULT, "sso", "profiles", "--all", "--template", "{session}-{role}"]) as terminal:
        terminal.expect(r"Add 10 profiles to .*config\? \[y/N\] ")
        terminal.type("y")
        assert terminal.wait_for_exit() == 0
    written = sandbox.config.read_text().removeprefix(before)
    assert "\n[profile corp-plain]\nsso_session = corp\n" in written
    assert "\n[profile far-plain]\nsso_session = far\n" in written
