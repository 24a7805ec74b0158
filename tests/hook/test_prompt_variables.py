"""Popular prompt themes show profile and time left, from the variables exported by `env`."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.hook.live_shell import add_short_profile
from tests.sandbox import parse_environment
from tests.shells.shell_versions import find_starship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox import Sandbox

PROFILE = {
    "starship": ("AWSU_PROFILE", "AWS_VAULT", "AWSUME_PROFILE", "AWS_PROFILE", "AWS_SSO_PROFILE"),
    "powerlevel10k": ("AWS_SSO_PROFILE", "AWS_VAULT", "AWSUME_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "oh-my-posh": ("AWS_VAULT", "AWS_DEFAULT_PROFILE", "AWS_PROFILE"),
    "spaceship": ("AWS_VAULT", "AWS_PROFILE"),
}
"""Where each theme looks for the profile; the first variable set counts."""
EXPIRY = ("AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWSUME_EXPIRATION")
"""Where starship looks for the expiry."""


@pytest.fixture
def environment(sandbox: Sandbox) -> Mapping[str, str]:
    """Return the environment of a shell that held another tool's profile before it got a shellvault session."""
    add_short_profile(sandbox, 7200)
    sandbox.configure("[profile reader]\nsource_profile = base\nduration_seconds = 7200\nregion = eu-west-1\n")
    others = {
        **dict.fromkeys({name for names in PROFILE.values() for name in names}, "old"),
        EXPIRY[2]: "2020-01-01T00:00:00Z",
    }
    return parse_environment(sandbox.shell("bash", 'eval "$(shellvault env reader)"; env -0', **others).stdout)


@pytest.mark.parametrize("peer", PROFILE)
def test_theme_finds_the_profile_first(environment: Mapping[str, str], peer: str) -> None:
    """No variable of another tool takes precedence."""
    assert next(environment[name] for name in PROFILE[peer] if name in environment) == "reader"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_expiry_is_an_rfc_3339_time(environment: Mapping[str, str]) -> None:
    """With a UTC offset, which starship and botocore need. No expiry from another tool is left behind."""
    end = datetime.fromisoformat(next(environment[name] for name in EXPIRY if name in environment))
    assert end.utcoffset() == timedelta()
    assert int(end.timestamp()) == int(environment["SHELLVAULT_EXPIRES_AT"])
    assert [name for name in EXPIRY if name in environment] == ["AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"]


def test_real_starship_shows_profile_and_time_left(
    sandbox: Sandbox, environment: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Along with the region; without starship on this machine, a message says that the test did not run."""
    program = find_starship()
    if not program:
        with capsys.disabled():
            print("\nnot run: starship is unavailable on this machine")  # noqa: T201
        return
    shown = sandbox.command([program, "module", "aws"], **environment).stdout
    assert "reader" in shown
    assert "eu-west-1" in shown
    assert "1h59m" in shown or "2h" in shown, f"at {time.time()}"
