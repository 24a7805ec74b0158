"""Fixtures for tests of IAM Identity Center: a directory with two roles, and the user's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.providers.sign_in_browser import SignInBrowser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.sandbox import Sandbox


@pytest.fixture
def sso(sandbox: Sandbox) -> Sso:
    """Return the directory, with a role for the profile `reader` and one for `admin`, under [sso-session corp]."""
    directory = sandbox.aws.world.sso
    sandbox.configure(f"[sso-session corp]\nsso_start_url = {directory.start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("sso_registration_scopes = sso:account:access\n")
    for name in ("reader", "admin"):
        directory.assign(name)
        sandbox.configure(
            f"[profile {name}]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = {name}\n"
        )
    return directory


@pytest.fixture
def browser(sandbox: Sandbox, tmp_path: Path) -> SignInBrowser:
    """Return the user's browser, which BROWSER names."""
    here = SignInBrowser(tmp_path)
    sandbox.env["BROWSER"] = str(here.path)
    return here
