"""Prompts that people have already show profile and time left, from the variables that `env` exports."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.hook.living import with_short_sessions
from tests.sandbox import exported
from tests.shells.versions import starship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox import Sandbox

PROFILE = {
    "starship": ("AWSU_PROFILE", "AWS_VAULT", "AWSUME_PROFILE", "AWS_PROFILE", "AWS_SSO_PROFILE"),
    "powerlevel10k": ("AWS_SSO_PROFILE", "AWS_VAULT", "AWSUME_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "oh-my-posh": ("AWS_VAULT", "AWS_DEFAULT_PROFILE", "AWS_PROFILE"),
    "spaceship": ("AWS_VAULT", "AWS_PROFILE"),
}
"""Where each looks for the profile; the first that is set counts."""
EXPIRY = ("AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWSUME_EXPIRATION")
"""Where starship looks for the end."""


@pytest.fixture
def held(sandbox: Sandbox) -> Mapping[str, str]:
    """Return the environment of a shell that held another tool's profile, and now has a session of ours."""
    with_short_sessions(sandbox, 3600)
    sandbox.configure("[profile reader]\nsource_profile = base\nduration_seconds = 7200\nregion = eu-west-1\n")
    others = {
        **dict.fromkeys({name for names in PROFILE.values() for name in names}, "old"),
        EXPIRY[2]: "2020-01-01T00:00:00Z",
    }
    return exported(sandbox.shell("bash", 'eval "$(shellvault env reader)"; env -0', **others).stdout)


@pytest.mark.parametrize("peer", PROFILE)
def test_the_profile_is_the_first_that_a_prompt_finds(held: Mapping[str, str], peer: str) -> None:
    """Nothing of another tool's stands before ours."""
    assert next(held[name] for name in PROFILE[peer] if name in held) == "reader"
    assert held["AWS_REGION"] == held["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_the_end_is_a_time_with_its_offset(held: Mapping[str, str]) -> None:
    """RFC 3339, without which starship and botocore would not take it; and no other end is left behind."""
    end = datetime.fromisoformat(next(held[name] for name in EXPIRY if name in held))
    assert end.utcoffset() == timedelta()
    assert int(end.timestamp()) == int(held["SHELLVAULT_EXPIRES_AT"])
    assert [name for name in EXPIRY if name in held] == ["AWS_CREDENTIAL_EXPIRATION"]


def test_the_real_starship_shows_both(
    sandbox: Sandbox, held: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Profile, region and time left; where starship could not be had, that is said."""
    program = starship()
    if not program:
        with capsys.disabled():
            print("\nnot run: the real starship, which could not be had here")  # noqa: T201
        return
    shown = sandbox.command([program, "module", "aws"], **held).stdout
    assert "reader" in shown
    assert "eu-west-1" in shown
    assert "1h59m" in shown or "2h" in shown, f"at {time.time()}"
