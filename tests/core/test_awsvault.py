"""aws-vault's variables as wishes, where the outside cannot tell: AWS's own endpoints are not asked by tests."""

from __future__ import annotations

from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.compat.awsvault import variables
from shellvault.core.chain import resolve
from shellvault.core.chain.links import AssumeRole
from tests.core.plans import ROLE, plan

CONFIG = f"[profile far]\nrole_arn = {ROLE}far\nsource_profile = near\n[profile near]\nrole_arn = {ROLE}near\n"


def test_the_old_endpoint_of_sts_is_asked_for_every_link() -> None:
    """`legacy` stands over each profile of the chain."""
    wish = variables.apply_variables(resolve.SessionOptions(), {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"})
    book = Profiles(Config(CONFIG + "region = x\nsource_profile = near\n"), {"near": "0" * 32}, {})
    far = resolve.resolve("far", book, wish).chain
    assert isinstance(far, AssumeRole)
    assert isinstance(far.source, AssumeRole)
    assert (far.region, far.source.region) == ("aws-global", "aws-global")


def test_without_a_variable_nothing_is_wished() -> None:
    """An empty one is none."""
    names = (*variables.DURATIONS, *variables.EVERY_PROFILE, *variables.OWN_PROFILE, variables.LEAST)
    assert variables.apply_variables(
        resolve.SessionOptions(duration=5), dict.fromkeys(names, "")
    ) == resolve.SessionOptions(duration=5)
    made = plan("[profile base]\n", "base", "base").chain
    assert variables.minimum_time_left(dict.fromkeys(names, ""), made) == 0
    assert variables.minimum_time_left({variables.LEAST: "20m"}, made) == 1200
    assert variables.minimum_time_left({variables.LEAST: "2h"}, made) == 2700
