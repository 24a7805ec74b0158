"""`sso profiles` while the config file changes under it, is moved, or holds what it cannot continue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shellvault.awsconfig.config_editor import ProfileChange
from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.awsconfig.written_sections import find_sections
from shellvault.commands.sso_patterns import RoleProfile, parse_patterns
from shellvault.commands.sso_prune import Pruning
from shellvault.core.errors import NoSuchProfileError
from shellvault.storage.written_profiles import WrittenProfile, WrittenProfiles
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

WRITE = ("sso", "profiles", "-f")
CHECK = ("sso", "profiles", "--prune", "--check", "--no-input")
MINE = "\n[profile mine]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = New\n"
SECTION = "[profile one-viewer]\nsso_session = corp\n"


def test_a_profile_that_appears_during_the_sign_in_gets_no_second_one(
    sandbox: Sandbox, sso: Sso, browser: SignInBrowser
) -> None:
    """Minutes may pass at the browser."""
    sso.assign("New", "444455556666", "One")
    start, end, _ = browser.path.read_text().rsplit("\n", 2)
    browser.path.write_text(f"{start}\nopen({str(sandbox.config)!r}, 'a').write({MINE!r})\n{end}\n")
    done = sandbox.run(*WRITE)
    assert done.stdout == "Nothing to write: 3 roles in 2 accounts, each with a profile already.\n"
    assert sandbox.config.read_text().count("sso_role_name = New\n") == 1


def test_several_at_once_write_each_profile_once(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Those that come late find nothing to write."""
    assert browser.opened == []
    sandbox.run("login", "--sso")
    for number in range(3):
        sso.assign(f"New{number}", "444455556666", "One")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: sandbox.run(*WRITE), range(4)))
    assert [each.returncode for each in done] == [0] * 4, [each.stderr for each in done]
    assert sorted(each.stdout[:7] for each in done) == ["Nothing", "Nothing", "Nothing", "Wrote 3"]
    assert [sandbox.config.read_text().count(f"= New{number}\n") for number in range(3)] == [1, 1, 1]


@pytest.mark.usefixtures("browser")
def test_check_counts_what_another_machine_wrote(sandbox: Sandbox, sso: Sso) -> None:
    """A fresh CI runner has no record of it, but the file is out of step all the same."""
    sso.assign("New", "444455556666", "One")
    sandbox.run(*WRITE)
    (sandbox.vault / "sso-profiles").unlink()
    sso.unassign("New", "444455556666")
    done = sandbox.run(*CHECK)
    assert (done.returncode, done.stdout) == (1, "Out of step: 1 profile to remove yourself: 'one-new'.\n")
    said = "which is not assigned to you; remove it yourself: it was written by hand or on another machine\n"
    assert said in done.stderr
    for account, role in sso.assigned():
        sso.unassign(role, account)
    done = sandbox.run("sso", "profiles", "--no-input")
    assert (done.returncode, done.stdout) == (0, "Nothing to write: no role is assigned to you.\n")


@pytest.mark.usefixtures("browser")
def test_a_region_that_goes_on_below_is_named(sandbox: Sandbox, sso: Sso) -> None:
    """The file's end is all right; the line itself may be a secret."""
    sso.assign("New", "444455556666", "One")
    sandbox.configure("[default]\nregion = eu-west-1\n  aws_secret_access_key = hidden\n")
    done = sandbox.run(*WRITE)
    assert done.returncode == 2
    assert "error: a line below 'region = eu-west-1' in the config file is indented" in done.stderr
    assert "hidden" not in done.stderr
    assert sandbox.run(*WRITE, "--region", "eu-west-1").returncode == 0


def test_a_diff_of_a_file_with_old_line_ends_shows_lines(tmp_path: Path) -> None:
    """They end in CR alone."""
    path = tmp_path / "config"
    path.write_text("[profile a]\rregion = x\r", newline="")
    change = ProfileChange(str(path), {"b": {"region": "y"}})
    assert change.diff()[2:] == ["@@ -3,0 +4,2 @@", "+[profile b]", "+region = y"]


def test_what_was_written_is_known_behind_a_new_link(tmp_path: Path) -> None:
    """The file has moved among other dotfiles since; what is removed is forgotten under both paths."""
    config, moved = tmp_path / "config", tmp_path / "dotfiles"
    config.write_text("x")
    WrittenProfiles(str(tmp_path), str(config)).update(
        {"a": WrittenProfile("1", "A"), "b": WrittenProfile("2", "B")}, ()
    )
    config.rename(moved)
    config.symlink_to(moved)
    written = WrittenProfiles(str(tmp_path), str(config))
    assert [*written.entries()] == ["a", "b"]
    written.update({}, {"a"})
    assert [*written.entries()] == [*WrittenProfiles(str(tmp_path), str(moved)).entries()] == ["b"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("[DEFAULT]\nsource_profile = one-viewer\n", "[DEFAULT] names it as the source_profile of every profile"),
        ("[profile x]\nsource_profile = one-viewer\n", "profile 'x' names it as its source_profile"),
    ],
)
def test_the_reason_names_the_section_that_refers_to_a_profile(more: str, reason: str) -> None:
    """And not a profile that only inherits the setting, which may be the profile itself."""
    said: list[str] = []
    written = {"one-viewer": WrittenProfile(find_sections(SECTION)["one-viewer"].fingerprint, "One")}
    pruning = Pruning(SECTION + more, written, Profiles(Config(SECTION + more), {}, make_settings({})))
    gone = [RoleProfile("one-viewer", "111122223333", "One", "Viewer")]
    assert pruning.select(gone, said.append, is_wanted=True, is_check=False) == {}
    assert said[0].endswith(f"it was kept, because {reason}")


def test_a_pattern_without_a_match_says_what_there_is() -> None:
    """Accounts and roles, which nobody can know."""
    known = [RoleProfile("a-r", "111122223333", "Team A", "Reader"), RoleProfile("b", "444455556666", "", "Reader")]
    for text, hint in {
        "x*": "there are profiles: 'a-r', 'b'",
        "account=x": "there are accounts: 'Team A', '444455556666'",
        "account=x,role=Team A": "there are accounts: 'Team A', '444455556666'; roles: 'Reader'",
    }.items():
        with pytest.raises(NoSuchProfileError) as raised:
            parse_patterns(text).require_any(known)
        assert raised.value.hint == hint
