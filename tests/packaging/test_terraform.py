"""Terraform's way of reading profiles: the backend and each alias of a provider have the session that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.packaging.conftest import ROOT
from tests.packaging.page_blocks import blocks
from tests.packaging.page_world import PageWorld
from tests.sandbox import SESSION_NAME

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

PAGE = ROOT / "docs" / "recipes" / "terraform.md"
DEPLOY = "arn:aws:sts::{}:assumed-role/deploy/" + SESSION_NAME


def test_backend_and_aliases_are_each_signed_by_the_session_of_their_own_profile(sandbox: Sandbox) -> None:
    """As the page has them: a role over a key pair, the same role in another account, and one of a sign-in."""
    world = PageWorld(sandbox, PAGE)
    for block in blocks(PAGE):
        if block.file:
            world.save(block)  # the last main.tf is the one with a backend
    assert sandbox.run("login", "--sso").returncode == 0
    line = 'eval "$(shellvault env --process)" && terraform init && terraform plan && env'
    done = sandbox.shell("bash", line)
    assert done.returncode == 0, done.stderr
    assert "AWS_SECRET_ACCESS_KEY" not in done.stdout + done.stderr
    assert "AWS_PROFILE" not in done.stdout
    init, plan = [json.loads(line.partition(" ")[2]) for line in (world.programs / "accepted").read_text().splitlines()]
    told = {part: identity["Arn"] for part, identity in plan.items()}
    (assigned,) = sandbox.aws.world.sso.assigned().values()
    assert told == {
        "backend": DEPLOY.format("111122223333"),
        "prod": DEPLOY.format("444455556666"),
        "audit": f"arn:aws:sts::111122223333:assumed-role/{assigned.role.arn.rpartition('/')[2]}/alice@example.com",
    }
    assert init == {"backend": plan["backend"]}
    signed = [call.principal for call in sandbox.aws.world.calls if call.action == "GetCallerIdentity"]
    assert signed == [told["backend"], *told.values()]
