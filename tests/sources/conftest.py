"""What tests of IAM Identity Center share: a directory with two roles, and the person's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.browsers import Browser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.house import House


@pytest.fixture
def sso(house: House) -> Sso:
    """Return the directory, with a role for the profile `reader` and one for `admin`, under [sso-session corp]."""
    directory = house.aws.world.sso
    house.configure(f"[sso-session corp]\nsso_start_url = {directory.start_url}\nsso_region = eu-west-1\n")
    house.configure("sso_registration_scopes = sso:account:access\n")
    for name in ("reader", "admin"):
        directory.assign(name)
        house.configure(
            f"[profile {name}]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = {name}\n"
        )
    return directory


@pytest.fixture
def browser(house: House, tmp_path: Path) -> Browser:
    """Return the person's browser, which BROWSER names."""
    here = Browser(tmp_path)
    house.env["BROWSER"] = str(here.path)
    return here
