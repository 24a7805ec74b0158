"""A sandbox with many roles over one key pair, shared by tests that leave it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.providers.conftest import browser, sso
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser", "sso"]

ROLES = 9


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox with the roles `dev-0` to `dev-8`, each in an account of its own, and with a session.

    There are also `prod-1`, whose role trusts nobody here, and two profiles that lead nowhere: `empty`, and the role
    `rootless`.
    """
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("many"), aws)
        sandbox.add("base", aws.world.user("alice").access_key(), "--no-config")
        for number in range(ROLES):
            add_role(sandbox, f"dev-{number}", account(number))
        add_role(sandbox, "prod-1", account(ROLES), trusts=("999999999999",))
        sandbox.configure("[profile empty]\nregion = eu-west-1\n")
        sandbox.configure("[profile rootless]\nrole_arn = arn:aws:iam::111122223333:role/x\n")
        warmed = sandbox.run("each", "dev-*", "--", "true")
        assert warmed.returncode == 0, warmed.stderr
        yield sandbox
        sandbox.purge()


def account(number: int) -> str:
    """Return the account of a role."""
    return f"{200000000000 + number}"


def add_role(sandbox: Sandbox, name: str, in_account: str, trusts: tuple[str, ...] = ("111122223333",)) -> None:
    """Add a role over the key pair `base`, and its profile."""
    role = sandbox.aws.world.role(name, account=in_account, trusts=trusts)
    sandbox.configure(f"[profile {name}]\nrole_arn = {role.arn}\nsource_profile = base\nregion = eu-west-1\n")
