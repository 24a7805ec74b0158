"""aws-vault's variables as wishes, where the outside cannot tell: AWS's own endpoints are not asked by tests."""

from __future__ import annotations

from shellvault.book import Book
from shellvault.chains import awsvault, chain
from shellvault.chains.links import AssumeRole
from shellvault.config import Config
from tests.core.plans import ROLE, plan

CONFIG = f"[profile far]\nrole_arn = {ROLE}far\nsource_profile = near\n[profile near]\nrole_arn = {ROLE}near\n"


def test_the_old_endpoint_of_sts_is_asked_for_every_link() -> None:
    """`legacy` stands over each profile of the chain."""
    wish = awsvault.wished(chain.Wish(), {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"})
    book = Book(Config(CONFIG + "region = x\nsource_profile = near\n"), {"near": "0" * 32}, {})
    far = chain.plan("far", book, wish).chain
    assert isinstance(far, AssumeRole)
    assert isinstance(far.source, AssumeRole)
    assert (far.region, far.source.region) == ("aws-global", "aws-global")


def test_without_a_variable_nothing_is_wished() -> None:
    """An empty one is none."""
    variables = (*awsvault.LENGTHS, *awsvault.EVERY_PROFILE, *awsvault.OWN_PROFILE, awsvault.LEAST)
    assert awsvault.wished(chain.Wish(duration=5), dict.fromkeys(variables, "")) == chain.Wish(duration=5)
    made = plan("[profile base]\n", "base", "base").chain
    assert awsvault.least(dict.fromkeys(variables, ""), made) == 0
    assert awsvault.least({awsvault.LEAST: "20m"}, made) == 1200
    assert awsvault.least({awsvault.LEAST: "2h"}, made) == 2700
