"""aws-vault's variables as session options, as far as a test cannot see their effect from outside."""

from __future__ import annotations

import pytest

from shellvault.compat.awsvault import variables
from shellvault.core.chain import resolve
from shellvault.core.chain.links import AssumeRole
from shellvault.core.errors import UsageError
from tests.core.chain_resolution import ROLE, make_profiles

CONFIG = (
    f"[profile far]\nrole_arn = {ROLE}far\nsource_profile = near\n"
    f"[profile near]\nrole_arn = {ROLE}near\nregion = x\nsource_profile = base\n"
)
NAMES = (*variables.DURATIONS, *variables.EVERY_PROFILE, *variables.OWN_PROFILE)


def test_legacy_sts_endpoint_applies_to_every_link() -> None:
    """`legacy` overrides the region of each profile in the chain."""
    options = variables.apply_variables(resolve.SessionOptions(), {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"})
    far = resolve.resolve("far", make_profiles(CONFIG, "base"), options).chain
    assert isinstance(far, AssumeRole)
    assert isinstance(far.source, AssumeRole)
    assert (far.region, far.source.region) == ("aws-global", "aws-global")


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(NAMES, "")])
def test_unset_and_empty_variables_change_nothing(environ: dict[str, str]) -> None:
    """What the command line says stays."""
    options = resolve.SessionOptions(duration=5, no_session=True)
    assert variables.apply_variables(options, environ) == options


@pytest.mark.parametrize(("name", "field"), variables.DURATIONS.items())
def test_each_duration_variable_sets_its_option(name: str, field: str) -> None:
    """The options of the command line are kept."""
    options = resolve.SessionOptions(duration=5)
    assert variables.apply_variables(options, {name: "20m"}) == options.replace(**{field: 1200})


@pytest.mark.parametrize("name", variables.DURATIONS)
def test_invalid_duration_variable_is_refused_by_name(name: str) -> None:
    """The error quotes the value."""
    with pytest.raises(UsageError, match=f"{name}: 'soon' is not a duration"):
        variables.apply_variables(resolve.SessionOptions(), {name: "soon"})


def test_own_profile_settings_do_not_reach_the_source() -> None:
    """A session name in the environment is for the requested role, not for the role below it."""
    options = variables.apply_variables(resolve.SessionOptions(), {"AWS_ROLE_SESSION_NAME": "me"})
    far = resolve.resolve("far", make_profiles(CONFIG, "base"), options).chain
    assert isinstance(far, AssumeRole)
    assert isinstance(far.source, AssumeRole)
    assert (far.role_session_name, far.source.role_session_name) == ("me", "")
