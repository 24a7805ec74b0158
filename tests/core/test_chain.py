"""Which links lead from a key pair to a profile's session, and how long each session lasts."""

from __future__ import annotations

import pytest

from shellvault.core.errors import UsageError
from tests.core.chain_resolution import (
    HOUR,
    MFA,
    ROLE,
    describe_chain,
    resolve_profile,
    resolve_role,
    resolve_session_token,
)

BASE = "[profile base]\n"
BASE_MFA = f"[profile base]\nmfa_serial = {MFA}\n"
DEV = f"[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n"
PROD = f"[profile prod]\nrole_arn = {ROLE}prod\nsource_profile = base\n"
HOP = f"[profile hop]\nrole_arn = {ROLE}hop\nsource_profile = dev\n"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (BASE, "base", ["key base", "token 3600"]),
        (BASE_MFA, "base", ["key base", "token 43200 mfa"]),
        (BASE + "duration_seconds = 7200\n", "base", ["key base", "token 7200"]),
        (BASE + DEV, "dev", ["key base", "role dev 3600"]),
        (BASE + DEV + "duration_seconds = 7200\n", "dev", ["key base", "role dev 7200"]),
        (BASE_MFA + DEV, "dev", ["key base", "token 43200 mfa", "role dev 3600"]),
        (BASE + DEV + f"mfa_serial = {MFA}\n", "dev", ["key base", "token 43200 mfa", "role dev 3600"]),
        (BASE_MFA + "duration_seconds = 900\n" + DEV, "dev", ["key base", "token 900 mfa", "role dev 3600"]),
        (BASE_MFA + DEV + "duration_seconds = 7200\n", "dev", ["key base", "role dev 7200 mfa"]),
        (BASE_MFA + DEV + "duration_seconds = 3600\n", "dev", ["key base", "token 43200 mfa", "role dev 3600"]),
        (BASE + DEV + HOP, "hop", ["key base", "role dev 3600", "role hop 3600"]),
        (BASE_MFA + DEV + HOP, "hop", ["key base", "token 43200 mfa", "role dev 3600", "role hop 3600"]),
        (BASE_MFA + DEV + "duration_seconds = 7200\n" + HOP, "hop", ["key base", "role dev 7200 mfa", "role hop 3600"]),
    ],
)
def test_profile_resolves_to_these_links(text: str, name: str, expected: list[str]) -> None:
    """Roles of up to an hour share an MFA session; longer ones, and those without MFA, use the key pair directly."""
    resolved = resolve_profile(text, name, "base")
    assert describe_chain(resolved.chain) == expected
    assert resolved.notices == ()


@pytest.mark.parametrize(
    ("text", "name", "requested", "expected"),
    [
        (BASE, "base", 2 * HOUR, ["key base", "token 7200"]),
        (BASE_MFA, "base", 2 * HOUR, ["key base", "token 7200 mfa"]),
        (BASE_MFA + DEV, "dev", 900, ["key base", "token 43200 mfa", "role dev 900"]),
        (BASE_MFA + DEV, "dev", HOUR + 1, ["key base", "role dev 3601 mfa"]),
        (BASE + DEV + HOP, "hop", 900, ["key base", "role dev 3600", "role hop 900"]),
    ],
)
def test_requested_duration_applies_to_the_last_link(text: str, name: str, requested: int, expected: list[str]) -> None:
    """`--duration` overrides the config file and leaves the links below alone."""
    assert describe_chain(resolve_profile(text + "\n", name, "base", duration=requested).chain) == expected


@pytest.mark.parametrize(
    ("text", "name", "requested", "expected", "notice"),
    [
        (BASE, "base", 40 * HOUR, "token 129600", "a session token for 'base' lasts 36 h at most; 40 h was requested"),
        (BASE + DEV, "dev", 13 * HOUR, "role dev 43200", "role 'dev' lasts 12 h at most; 13 h was requested"),
        (
            BASE + DEV + HOP,
            "hop",
            5400,
            "role hop 3600",
            "role 'hop' over another role lasts 1 h at most; 1.5 h was requested",
        ),
    ],
)
def test_duration_above_the_limit_of_aws_is_capped_with_a_notice(
    text: str, name: str, requested: int, expected: str, notice: str
) -> None:
    """AWS allows 36 hours for a session token, 12 for a role, and one for a role over a role."""
    resolved = resolve_profile(text, name, "base", duration=requested)
    assert (describe_chain(resolved.chain)[-1], resolved.notices) == (expected, (notice,))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (BASE_MFA, "base", ["key base"]),
        (BASE_MFA + DEV, "dev", ["key base", "role dev 3600 mfa"]),
        (BASE + DEV, "dev", ["key base", "role dev 3600"]),
        (BASE_MFA + DEV + HOP, "hop", ["key base", "role dev 3600 mfa", "role hop 3600"]),
    ],
)
def test_no_session_skips_the_session_token(text: str, name: str, expected: list[str]) -> None:
    """The result is the key pair itself, or a role straight from it with its own MFA code."""
    assert describe_chain(resolve_profile(text, name, "base", no_session=True).chain) == expected


def test_two_roles_over_one_source_share_its_mfa_session() -> None:
    """One code serves both, whether the role's profile or its source names the device."""
    at_source = BASE_MFA + DEV + PROD
    at_roles = BASE + DEV + f"mfa_serial = {MFA}\n" + PROD + f"mfa_serial = {MFA}\n"
    mixed = BASE_MFA + DEV + f"mfa_serial = {MFA}\n" + PROD
    shared = {
        resolve_role(text, name, "base").source.identity
        for text in (at_source, at_roles, mixed)
        for name in ("dev", "prod")
    }
    assert shared == {resolve_session_token(BASE_MFA, "base", "base").identity}


def test_roles_with_different_devices_do_not_share_a_session() -> None:
    """The device that is nearest to the requested profile is used."""
    text = BASE_MFA + DEV + f"mfa_serial = {MFA}-2\n" + PROD
    dev, prod = (resolve_role(text, name, "base").source for name in ("dev", "prod"))
    assert dev.identity != prod.identity
    assert (dev.mfa_serial, prod.mfa_serial) == (f"{MFA}-2", MFA)


def test_role_duration_does_not_shorten_the_mfa_session() -> None:
    """`duration_seconds` is for the role alone, even if its profile also holds the key pair."""
    text = f"[profile base]\nrole_arn = {ROLE}own\nmfa_serial = {MFA}\nduration_seconds = 900\n"
    assert describe_chain(resolve_profile(text, "base", "base").chain) == [
        "key base",
        "token 43200 mfa",
        "role own 900",
    ]


def test_profile_that_is_its_own_source_uses_its_own_key_pair() -> None:
    """As in the AWS CLI, where a profile may hold both keys and a role."""
    text = f"[profile own]\nrole_arn = {ROLE}own\nsource_profile = own\n"
    assert describe_chain(resolve_profile(text, "own", "own").chain) == ["key own", "role own 3600"]


def test_own_key_pair_wins_over_source_profile_without_a_role() -> None:
    """Without a role, source_profile counts only if the profile has no credentials of its own."""
    text = "[profile base]\n[profile dev]\nsource_profile = base\n"
    assert describe_chain(resolve_profile(text, "dev", "base", "dev").chain)[0] == "key dev"
    assert describe_chain(resolve_profile(text, "dev", "base").chain) == ["key base", "token 3600"]


def test_role_prefers_source_profile_over_its_own_key_pair() -> None:
    """The config file names the source explicitly."""
    assert describe_chain(resolve_profile(BASE + DEV, "dev", "base", "dev").chain)[0] == "key base"


def test_role_without_source_profile_uses_its_own_key_pair() -> None:
    """A key pair stored under the role's profile name is its source."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\n"
    assert describe_chain(resolve_profile(text, "dev", "dev").chain) == ["key dev", "role dev 3600"]


def test_key_pair_of_an_included_profile_is_used() -> None:
    """If both profiles have a key pair, the including profile's wins."""
    text = f"[profile base]\nmfa_serial = {MFA}\n[profile dev]\ninclude_profile = base\nrole_arn = {ROLE}dev\n"
    expected = ["key base", "token 43200 mfa", "role dev 3600"]
    assert describe_chain(resolve_profile(text, "dev", "base").chain) == expected
    assert describe_chain(resolve_profile(text, "dev", "base", "dev").chain)[0] == "key dev"


def test_key_pair_without_a_profile_is_a_profile() -> None:
    """A key pair stored with `add --no-config` needs no config file."""
    assert describe_chain(resolve_profile("", "bare", "bare").chain) == ["key bare", "token 3600"]


def test_source_profile_may_name_a_key_pair_without_a_profile() -> None:
    """The source may have been stored with `add --no-config`."""
    assert describe_chain(resolve_profile(DEV, "dev", "base").chain) == ["key base", "role dev 3600"]


def test_nearest_mfa_process_is_used() -> None:
    """The command that prints MFA codes comes from the requested profile, or else from its sources."""
    text = BASE + "mfa_process = source\n" + DEV
    assert resolve_profile(text, "dev", "base").mfa_process == "source"
    assert resolve_profile(text + "mfa_process = own\n", "dev", "base").mfa_process == "own"
    assert resolve_profile(BASE, "base", "base").mfa_process == ""


def test_path_lists_the_profiles_down_to_the_key_pair() -> None:
    """The requested profile comes first."""
    resolved = resolve_profile(BASE + DEV + HOP, "hop", "base")
    assert (resolved.profile.name, resolved.path) == ("hop", ("hop", "dev", "base"))


def test_source_profile_with_a_key_pair_provides_it() -> None:
    """As in botocore, such a profile's own role and source only count when the profile itself is requested."""
    base = f"[profile base]\nrole_arn = {ROLE}base\nsource_profile = other\n[profile other]\n"
    text = f"{base}[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n"
    assert describe_chain(resolve_profile(text, "dev", "base", "other").chain) == ["key base", "role dev 3600"]
    assert describe_chain(resolve_profile(text, "base", "base", "other").chain) == ["key other", "role base 3600"]
    assert describe_chain(resolve_profile(text, "dev", "other").chain) == [
        "key other",
        "role base 3600",
        "role dev 3600",
    ]


def test_source_profile_over_an_included_key_pair_keeps_its_role() -> None:
    """The key pair is another profile's."""
    base = f"[profile base]\nrole_arn = {ROLE}base\ninclude_profile = keys\n[profile keys]\n"
    text = f"{base}[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n"
    assert describe_chain(resolve_profile(text, "dev", "keys").chain) == ["key keys", "role base 3600", "role dev 3600"]


@pytest.mark.parametrize("written", ["soon", "900 # minutes", "1d", "1h30", "9OO", "1e3"])
@pytest.mark.parametrize("role", [f"role_arn = {ROLE}dev\n", ""])
def test_duration_that_is_no_number_is_ignored_with_a_notice(written: str, role: str) -> None:
    """The AWS CLI ignores it as well, but says nothing."""
    resolved = resolve_profile(f"[profile dev]\n{role}duration_seconds = {written}\n", "dev", "dev")
    assert resolved.chain.duration == 3600
    assert resolved.notices == (
        f"duration_seconds of profile 'dev' is '{written}', which is no number of seconds, so it is ignored",
    )


@pytest.mark.parametrize("written", ["+1800", "1_800", "001800", "١٨٠٠"])
def test_duration_is_any_whole_number_that_the_aws_cli_reads(written: str) -> None:
    """It uses Python's `int`."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nduration_seconds = {written}\n"
    resolved = resolve_profile(text, "dev", "base")
    assert (resolved.chain.duration, resolved.notices) == (int(written), ())


@pytest.mark.parametrize("written", ["-1800", "0", "+0", "-1_800"])
def test_duration_that_is_no_length_of_time_is_refused(written: str) -> None:
    """AWS would refuse it, too."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nduration_seconds = {written}\n"
    with pytest.raises(UsageError, match="is not a duration"):
        resolve_profile(text, "dev", "base")
