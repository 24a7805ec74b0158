"""A sandbox with profiles, key pairs and an sso-session to complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
[default]
region = eu-west-1
[profile staging]
role_arn = arn:aws:iam::111122223333:role/team/deploy
source_profile = base
[profile "two words"]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = ReadOnly
[profile -dash]
source_profile = base
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox shared by the tests of a module, which must not change it."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("names"), aws)
        sandbox.configure(CONFIG)
        sandbox.add("base", aws.world.user("alice").access_key(), "--no-config")
        yield sandbox
        sandbox.purge()
