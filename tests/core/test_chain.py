"""Which steps lead from a key pair to a profile's session, and how long each lasts."""

from __future__ import annotations

import pytest

from tests.core.plans import HOUR, MFA, ROLE, plan, role, steps, token

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
def test_the_steps_to_a_profile(text: str, name: str, expected: list[str]) -> None:
    """Roles up to an hour share the MFA session; longer ones, and those without MFA, come straight from the key."""
    made = plan(text, name, "base")
    assert steps(made.chain) == expected
    assert made.notices == ()


@pytest.mark.parametrize(
    ("text", "name", "wished", "expected"),
    [
        (BASE, "base", 2 * HOUR, ["key base", "token 7200"]),
        (BASE_MFA, "base", 2 * HOUR, ["key base", "token 7200 mfa"]),
        (BASE_MFA + DEV, "dev", 900, ["key base", "token 43200 mfa", "role dev 900"]),
        (BASE_MFA + DEV, "dev", HOUR + 1, ["key base", "role dev 3601 mfa"]),
        (BASE + DEV + HOP, "hop", 900, ["key base", "role dev 3600", "role hop 900"]),
    ],
)
def test_a_wished_duration_is_the_last_links(text: str, name: str, wished: int, expected: list[str]) -> None:
    """`--duration` wins over the config, and changes nothing of the steps before."""
    assert steps(plan(text + "\n", name, "base", duration=wished).chain) == expected


@pytest.mark.parametrize(
    ("text", "name", "wished", "expected", "notice"),
    [
        (BASE, "base", 40 * HOUR, "token 129600", "a session token for 'base' lasts 36 h at most; 40 h were asked for"),
        (BASE + DEV, "dev", 13 * HOUR, "role dev 43200", "role 'dev' lasts 12 h at most; 13 h were asked for"),
        (
            BASE + DEV + HOP,
            "hop",
            5400,
            "role hop 3600",
            "role 'hop' over another role lasts 1 h at most; 1.5 h were asked for",
        ),
    ],
)
def test_what_aws_caps_is_capped_with_a_notice(text: str, name: str, wished: int, expected: str, notice: str) -> None:
    """36 hours for a session token, 12 for a role, one for a role over a role: and the person is told."""
    made = plan(text, name, "base", duration=wished)
    assert (steps(made.chain)[-1], made.notices) == (expected, (notice,))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (BASE_MFA, "base", ["key base"]),
        (BASE_MFA + DEV, "dev", ["key base", "role dev 3600 mfa"]),
        (BASE + DEV, "dev", ["key base", "role dev 3600"]),
        (BASE_MFA + DEV + HOP, "hop", ["key base", "role dev 3600 mfa", "role hop 3600"]),
    ],
)
def test_no_session_leaves_the_session_token_out(text: str, name: str, expected: list[str]) -> None:
    """The key pair itself, or the role straight from it with a code of its own."""
    assert steps(plan(text, name, "base", no_session=True).chain) == expected


def test_two_roles_over_one_source_share_its_mfa_session() -> None:
    """One code for both, whether the serial stands at the role or at its source."""
    at_source = BASE_MFA + DEV + PROD
    at_roles = BASE + DEV + f"mfa_serial = {MFA}\n" + PROD + f"mfa_serial = {MFA}\n"
    mixed = BASE_MFA + DEV + f"mfa_serial = {MFA}\n" + PROD
    shared = {
        role(text, name, "base").source.identity for text in (at_source, at_roles, mixed) for name in ("dev", "prod")
    }
    assert shared == {token(BASE_MFA, "base", "base").identity}


def test_roles_with_devices_of_their_own_do_not_share() -> None:
    """Another serial is another session; the nearest one to the profile asked for is taken."""
    text = BASE_MFA + DEV + f"mfa_serial = {MFA}-2\n" + PROD
    assert role(text, "dev", "base").source.identity != role(text, "prod", "base").source.identity


def test_a_role_whose_duration_is_another_shares_the_mfa_session_still() -> None:
    """The role's `duration_seconds` is the role's alone, even where its profile holds the key pair."""
    text = f"[profile base]\nrole_arn = {ROLE}own\nmfa_serial = {MFA}\nduration_seconds = 900\n"
    assert steps(plan(text, "base", "base").chain) == ["key base", "token 43200 mfa", "role own 900"]


def test_source_profile_naming_itself_means_its_own_key_pair() -> None:
    """As in the AWS CLI, where a profile may hold keys and a role."""
    text = f"[profile own]\nrole_arn = {ROLE}own\nsource_profile = own\n"
    assert steps(plan(text, "own", "own").chain) == ["key own", "role own 3600"]


def test_a_key_pair_of_its_own_wins_over_a_source_without_a_role() -> None:
    """Without a role_arn, source_profile only says where credentials come from when there are none."""
    text = "[profile base]\n[profile dev]\nsource_profile = base\n"
    assert steps(plan(text, "dev", "base", "dev").chain)[0] == "key dev"
    assert steps(plan(text, "dev", "base").chain) == ["key base", "token 3600"]


def test_a_role_prefers_its_source_to_a_key_pair_of_its_own() -> None:
    """source_profile is what the person wrote."""
    assert steps(plan(BASE + DEV, "dev", "base", "dev").chain)[0] == "key base"


def test_a_role_without_a_source_stands_on_its_own_key_pair() -> None:
    """A key pair stored under the role's own name is what leads to it."""
    assert steps(plan(f"[profile dev]\nrole_arn = {ROLE}dev\n", "dev", "dev").chain) == ["key dev", "role dev 3600"]


def test_a_key_pair_is_found_by_include_profile() -> None:
    """A profile that includes the key's profile uses that key, and the nearest one where there are two."""
    text = f"[profile base]\nmfa_serial = {MFA}\n[profile dev]\ninclude_profile = base\nrole_arn = {ROLE}dev\n"
    assert steps(plan(text, "dev", "base").chain) == ["key base", "token 43200 mfa", "role dev 3600"]
    assert steps(plan(text, "dev", "base", "dev").chain)[0] == "key dev"


def test_a_name_with_a_key_pair_alone_is_a_profile() -> None:
    """A key pair stored with --no-config works without any config file."""
    assert steps(plan("", "bare", "bare").chain) == ["key bare", "token 3600"]


def test_a_source_may_be_a_key_pair_without_a_profile() -> None:
    """source_profile may name what `add --no-config` stored."""
    assert steps(plan(DEV, "dev", "base").chain) == ["key base", "role dev 3600"]
