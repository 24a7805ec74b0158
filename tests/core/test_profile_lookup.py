"""What is known of profiles from the config file, the stored key pairs and the environment together."""

from __future__ import annotations

import pytest

from shellvault.core import environment
from shellvault.core.model import Profile, Session
from shellvault.core.record import Secret
from tests.core.chain_resolution import make_profiles

TEXT = "[default]\n[profile dev]\nregion = x\n[sso-session corp]\nsso_region = y\n"


def test_names_are_those_of_profiles_and_key_pairs() -> None:
    """The config file's come first, and no name occurs twice."""
    assert make_profiles(TEXT, "stored", "dev").names() == ["default", "dev", "stored"]


def test_key_pair_without_a_profile_gives_a_bare_profile() -> None:
    """A profile of the config file keeps its settings, and an unknown name gives none."""
    profiles = make_profiles(TEXT, "stored", "dev")
    assert profiles.profile("stored") == Profile("stored", ("stored",), {})
    assert profiles.profile("dev") == Profile("dev", ("dev",), {"region": "x"})
    assert profiles.profile("missing") is None


def test_fingerprint_belongs_to_exactly_one_name() -> None:
    """A name without a key pair has none."""
    profiles = make_profiles(TEXT, "stored", "dev")
    assert profiles.fingerprints.keys() == {"stored", "dev"}
    assert profiles.fingerprints["stored"] != profiles.fingerprints["dev"]


def test_sections_and_sso_sessions_are_those_of_the_config_file() -> None:
    """A missing section is empty."""
    profiles = make_profiles(TEXT)
    assert (profiles.sso_sessions(), profiles.section("sso-session corp")) == (["corp"], {"sso_region": "y"})
    assert profiles.section("sso-session other") == {}


@pytest.mark.parametrize(
    ("variable", "setting", "expected"),
    [
        ("", "", ""),
        ("", "/profile", "/profile"),
        ("/variable", "", "/variable"),
        ("/variable", "/profile", "/variable"),
    ],
)
def test_ca_bundle_of_the_environment_wins(variable: str, setting: str, expected: str) -> None:
    """Without either, the built-in certificates are used."""
    profiles = make_profiles("", AWS_CA_BUNDLE=variable)
    assert profiles.ca_bundle(Profile("dev", ("dev",), {"ca_bundle": setting})) == expected


def test_environment_digest_covers_the_credentials_and_reveals_none() -> None:
    """Other variables do not matter."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    digests = [make_profiles("", **{name: "value"}).environment_digest() for name in names]
    assert len({*digests, make_profiles("").environment_digest()}) == 4
    assert make_profiles("", OTHER="x").environment_digest() == make_profiles("").environment_digest()
    assert not any("value" in digest for digest in digests)


def test_environment_digest_ignores_a_session_of_shellvault() -> None:
    """It covers the user's own credentials, from before the session."""
    before = {"AWS_ACCESS_KEY_ID": "AKIAOWN"}
    session = Session("ASIAOURS", Secret("s"), Secret("t"), 2, 1)
    changes = environment.enter(before, "dev", session, "")
    inside = {name: value for name, value in (before | changes).items() if value is not None}
    assert make_profiles("", **inside).environment_digest() == make_profiles("", **before).environment_digest()


def test_profiles_of_running_programs_come_from_the_environment() -> None:
    """A program that is started for a profile finds them there."""
    assert make_profiles("", SHELLVAULT_ASKED="outer\ninner").asked_for() == ("outer", "inner")
