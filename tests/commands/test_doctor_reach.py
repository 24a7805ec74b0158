"""`doctor` and what it has to reach: the vault, AWS's clock, profiles, the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.test_doctor import checkup, healthy
from tests.commands.test_import_collection import bus

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

__all__ = ["bus", "healthy"]


@pytest.mark.parametrize(
    ("skew", "mark", "status"), [(0, "ok", 0), (-120, "note", 0), (420, "bad", 7), (-420, "bad", 7)]
)
def test_the_clock_is_compared_with_awss(healthy: Sandbox, skew: int, mark: str, status: int) -> None:
    """Two minutes are odd, seven are refused by AWS; the side is told."""
    healthy.aws.faults.date_skew = skew
    found = checkup(healthy)
    side = "behind" if skew > 0 else "ahead of"
    said = f"clock is {abs(skew) // 60} min {side} AWS's" if skew else "clock agrees with it"
    assert (found.one(said)[0], found.status) == (mark, status)


@pytest.mark.parametrize(
    ("fault", "mark"), [("drop", "note"), ("garbage", "note"), ("error500", "ok"), ("throttle", "ok")]
)
def test_an_aws_that_does_not_answer_well_is_no_crash(healthy: Sandbox, fault: str, mark: str) -> None:
    """The clock is compared where the answer has a time on it."""
    healthy.aws.faults.next(fault, None)
    found = checkup(healthy)
    assert (found.one("'s clock")[0], found.status) == (mark, 0)


def test_offline_is_a_note(healthy: Sandbox) -> None:
    """Nobody listens there."""
    found = checkup(healthy, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert (found.one("http://127.0.0.1:9 could not be reached")[0], found.status) == ("note", 0)


@pytest.mark.parametrize("url", ["https://aws.example.com", "http://sts.amazonaws.com", "nonsense"])
def test_a_stranger_is_not_asked_for_the_time(healthy: Sandbox, url: str) -> None:
    """Nor for anything else: status 2 and what to unset, told once."""
    found = checkup(healthy, AWS_ENDPOINT_URL=url)
    mark, mend = found.one("AWS_ENDPOINT_URL names ")
    assert (mark, mend.startswith("unset AWS_ENDPOINT_URL"), found.status) == ("bad", True, 2)


def test_a_keyring_that_is_away_is_bad(sandbox: Sandbox) -> None:
    """Status 5, with its own hint; the rest is looked at all the same."""
    found = checkup(sandbox, SHELLVAULT_BACKEND="secret-service")
    assert (found.one("no Secret Service answers")[0], found.status) == ("bad", 5)
    assert found.one("'s clock agrees")[0] == "ok"


def test_a_keyring_that_answers_is_fine(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """A real one, unlocked."""
    found = checkup(sandbox, SHELLVAULT_BACKEND="secret-service", **bus)
    assert found.one("the secret-service keyring answers, and is unlocked") == ("ok", "")


def test_the_sealed_vaults_state_is_told(sandbox: Sandbox) -> None:
    """Empty, unlocked, locked, and damaged, which is status 5."""
    assert checkup(sandbox).one("a sealed file, with no key pair in it yet")[0] == "ok"
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    assert checkup(sandbox).one("can be read, and is unlocked for")[0] == "ok"
    sandbox.run("lock")
    assert checkup(sandbox).one("can be read, and is locked")[0] == "ok"
    file = sandbox.vault / "vault.sealed"
    file.write_bytes(file.read_bytes()[:-1])
    assert checkup(sandbox).status == 5


def test_a_vault_that_does_not_exist_is_told_once(healthy: Sandbox) -> None:
    """A misspelt setting is status 2."""
    found = checkup(healthy, SHELLVAULT_BACKEND="quux")
    assert (found.one("there is no backend 'quux'")[0], found.status) == ("bad", 2)


def test_profiles_that_lead_nowhere_are_noted(healthy: Sandbox) -> None:
    """With the hint that using them would give; settings without a role are no mistake."""
    healthy.configure(
        "[profile only]\nregion = x\n[profile lost]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = gone\n"
    )
    found = checkup(healthy, AWS_PROFILE="away")
    assert found.one("profile 'lost' names source_profile 'gone'") == ("note", "shellvault add gone")
    assert not [what for what in found.findings if "'only'" in what]
    assert found.one("AWS_PROFILE names 'away', which is no profile") == ("note", "unset AWS_PROFILE")


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("sso_session = gone\nsso_account_id = 111122223333\nsso_role_name = x", "names sso_session 'gone'"),
        ("sso_account_id = 111122223333\nsso_role_name = x", "'sso'"),
        ("web_identity_token_file = /x\nweb_identity_token_process = x\nrole_arn = arn:aws:iam::1:role/x", "'sso'"),
    ],
)
def test_sign_ins_and_web_identities_that_contradict_themselves_are_noted(
    healthy: Sandbox, settings: str, what: str
) -> None:
    """They are followed as far as paper goes, like roles over key pairs."""
    healthy.configure(f"[profile sso]\n{settings}\n")
    mark, mend = checkup(healthy).one(what)
    assert mark == "note"
    assert mend


def test_what_wins_over_a_session_is_noted(healthy: Sandbox) -> None:
    """With the line that `status` offers."""
    done = healthy.shell("bash", 'eval "$(shellvault env base)"; export AWS_PROFILE=other; shellvault doctor')
    assert "note  AWS_PROFILE is set and may win over the session\n" in done.stdout
    assert '      -> eval "$(shellvault env base)"\n' in done.stdout


@pytest.mark.parametrize(
    ("shell", "file", "line"),
    [
        ("bash", ".bashrc", 'eval "$(shellvault hook bash)"'),
        ("zsh", ".zshrc", 'eval "$(shellvault hook zsh)"'),
        ("fish", ".config/fish/config.fish", "shellvault hook fish | source"),
    ],
)
def test_the_hook_is_looked_for_in_the_shells_file(healthy: Sandbox, shell: str, file: str, line: str) -> None:
    """It is noted where it is missing, and what is to be typed puts it there."""
    path = healthy.home / file
    path.write_text("# shellvault hook\n")
    first = healthy.shell(shell, "shellvault doctor; true").stdout
    assert f"note  {path} does not load the hook" in first
    healthy.shell(shell, first.split("does not load the hook")[1].split("-> ")[1].splitlines()[0])
    assert path.read_text() == f"# shellvault hook\n{line}\n"
    assert f"ok    the hook for {shell} is loaded by {path}\n" in healthy.shell(shell, "shellvault doctor; true").stdout
