"""`doctor`: the vault, the clock of AWS, profiles, and the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.test_doctor import run_doctor
from tests.commands.test_import_collection import bus

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

__all__ = ["bus"]


@pytest.mark.parametrize(
    ("skew", "state", "status"), [(0, "ok", 0), (-120, "warn", 0), (420, "fail", 7), (-420, "fail", 7)]
)
def test_the_clock_is_compared_with_aws(healthy: Sandbox, skew: int, state: str, status: int) -> None:
    """AWS accepts two minutes, and refuses seven; the message says in which direction."""
    healthy.aws.faults.date_skew = skew
    found = run_doctor(healthy)
    side = "behind" if skew > 0 else "ahead of"
    message = f"clock is {abs(skew) // 60} min {side} AWS;" if skew else "clock agrees with it"
    assert (found.find(message)[0], found.status) == (state, status)


@pytest.mark.parametrize(
    ("fault", "state"), [("drop", "warn"), ("garbage", "warn"), ("error500", "ok"), ("throttle", "ok")]
)
def test_a_failing_aws_is_no_crash(healthy: Sandbox, fault: str, state: str) -> None:
    """The clock is compared if the answer has a date."""
    healthy.aws.faults.next(fault, None)
    found = run_doctor(healthy)
    assert (found.find("'s clock")[0], found.status) == (state, 0)


def test_offline_is_a_note(healthy: Sandbox) -> None:
    """Nothing listens at that address."""
    found = run_doctor(healthy, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert (found.find("http://127.0.0.1:9 could not be reached")[0], found.status) == ("warn", 0)


@pytest.mark.parametrize("url", ["https://aws.example.com", "http://sts.amazonaws.com", "nonsense"])
def test_an_untrusted_endpoint_is_not_called(healthy: Sandbox, url: str) -> None:
    """Status 2, and one finding that says what to unset."""
    found = run_doctor(healthy, AWS_ENDPOINT_URL=url)
    state, fix = found.find("AWS_ENDPOINT_URL names ")
    assert (state, fix.startswith("unset AWS_ENDPOINT_URL"), found.status) == ("fail", True, 2)


def test_an_unreachable_keyring_fails(sandbox: Sandbox) -> None:
    """Status 5; everything else is checked anyway."""
    found = run_doctor(sandbox, SHELLVAULT_BACKEND="secret-service")
    assert (found.find("no Secret Service answers")[0], found.status) == ("fail", 5)
    assert found.find("'s clock agrees")[0] == "ok"


def test_a_keyring_that_answers_is_ok(sandbox: Sandbox, bus: dict[str, str]) -> None:
    """A real, unlocked one."""
    found = run_doctor(sandbox, SHELLVAULT_BACKEND="secret-service", **bus)
    assert found.find("the secret-service keyring is available, and is unlocked") == ("ok", "")


def test_the_state_of_the_sealed_vault_is_shown(sandbox: Sandbox) -> None:
    """Empty, unlocked, locked, or damaged, which is status 5."""
    assert run_doctor(sandbox).find("a sealed file, with no key pair in it yet")[0] == "ok"
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    assert run_doctor(sandbox).find("can be read, and is unlocked; it locks in")[0] == "ok"
    sandbox.run("lock")
    assert run_doctor(sandbox).find("can be read, and is locked")[0] == "ok"
    file = sandbox.vault / "vault.sealed"
    file.write_bytes(file.read_bytes()[:-1])
    assert run_doctor(sandbox).status == 5


def test_an_unknown_vault_is_reported_once(healthy: Sandbox) -> None:
    """A misspelled setting is status 2."""
    found = run_doctor(healthy, SHELLVAULT_BACKEND="quux")
    assert (found.find("there is no backend 'quux'")[0], found.status) == ("fail", 2)


def test_profiles_that_lead_nowhere_are_warned_of(healthy: Sandbox) -> None:
    """With the hint that `env` would give; a profile without such settings is fine."""
    healthy.configure(
        "[profile only]\nregion = x\n"
        "[profile lost]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = gone\n"
    )
    found = run_doctor(healthy, AWS_PROFILE="away")
    assert found.find("profile 'lost' names source_profile 'gone'") == ("warn", "shellvault add gone")
    assert not [message for message in found.findings if "'only'" in message]
    assert found.find("AWS_PROFILE names 'away', which is not a profile") == ("warn", "unset AWS_PROFILE")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("sso_session = gone\nsso_account_id = 111122223333\nsso_role_name = x", "names sso_session 'gone'"),
        ("sso_account_id = 111122223333\nsso_role_name = x", "'sso'"),
        (
            "web_identity_token_file = /x\nweb_identity_token_process = x\nrole_arn = arn:aws:iam::123456789012:role/x",
            "'sso'",
        ),
    ],
)
def test_contradictory_sign_ins_and_web_identities_are_warned_of(healthy: Sandbox, settings: str, words: str) -> None:
    """They are resolved like roles, without obtaining anything."""
    healthy.configure(f"[profile sso]\n{settings}\n")
    state, fix = run_doctor(healthy).find(words)
    assert state == "warn"
    assert fix


def test_variables_that_may_override_the_session_are_warned_of(healthy: Sandbox) -> None:
    """With the same fix as in `status`."""
    done = healthy.shell("bash", 'eval "$(shellvault env base)"; export AWS_PROFILE=other; shellvault doctor')
    assert "warn  AWS_PROFILE is set and may override the session\n" in done.stdout
    assert '      -> eval "$(shellvault env base)"\n' in done.stdout


@pytest.mark.parametrize(
    ("shell", "file", "line"),
    [
        ("bash", ".bashrc", 'eval "$(shellvault hook bash)"'),
        ("zsh", ".zshrc", 'eval "$(shellvault hook zsh)"'),
        ("fish", ".config/fish/config.fish", "shellvault hook fish | source"),
    ],
)
def test_a_missing_hook_is_warned_of(healthy: Sandbox, shell: str, file: str, line: str) -> None:
    """The fix adds it to the shell's file, and then it is found."""
    path = healthy.home / file
    path.write_text("# shellvault hook\n")
    first = healthy.shell(shell, "shellvault doctor; true").stdout
    assert f"warn  {path} does not load the hook" in first
    healthy.shell(shell, first.split("does not load the hook")[1].split("-> ")[1].splitlines()[0])
    assert path.read_text() == f"# shellvault hook\n{line}\n"
    assert f"ok    {path} loads the hook for {shell}\n" in healthy.shell(shell, "shellvault doctor; true").stdout
