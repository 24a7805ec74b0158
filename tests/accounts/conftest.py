"""Fifty accounts: half of them reached with a key pair, half through IAM Identity Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.commands.picker_screen import without_fzf
from tests.providers.conftest import browser, sso
from tests.providers.sign_in_browser import SignInBrowser
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser", "sso"]

STAGES = ("dev", "tst", "lab", "stg", "prd")
WITH_KEYS = ("payments", "search", "billing", "shop", "data")
WITH_SIGN_IN = ("media", "mail", "maps", "auth", "docs")


class FiftyAccounts:
    """A sandbox with the fifty profiles, and which account each of them is for.

    Attributes:
        sandbox: the sandbox; no fzf is on its PATH.
        accounts: the account of each profile.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.accounts: dict[str, str] = {}
        self._add_roles_of_a_key_pair()
        self._add_roles_of_a_sign_in()
        sandbox.env["PATH"] = without_fzf(sandbox)

    def _add_roles_of_a_key_pair(self) -> None:
        user = self.sandbox.aws.world.user("alice")
        self.sandbox.add("base", user.access_key())
        for number, name in enumerate(f"{team}-{stage}" for team in WITH_KEYS for stage in STAGES):
            self.accounts[name] = f"{300000000000 + number}"
            arn = self.sandbox.aws.world.role("deploy", self.accounts[name], (user.arn,)).arn
            self.sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")

    def _add_roles_of_a_sign_in(self) -> None:
        directory = self.sandbox.aws.world.sso
        self.sandbox.configure(f"[sso-session corp]\nsso_start_url = {directory.start_url}\nsso_region = eu-west-1\n")
        for number, account in enumerate(f"{team} {stage}" for team in WITH_SIGN_IN for stage in STAGES):
            self.accounts[f"{account.replace(' ', '-')}-viewer"] = f"{400000000000 + number}"
            directory.assign("Viewer", f"{400000000000 + number}", account)
        opened = SignInBrowser(self.sandbox.home)
        for words in (("login", "--sso"), ("sso", "profiles", "--force", "--region", "us-east-1")):
            done = self.sandbox.run(*words, BROWSER=str(opened.path))
            assert done.returncode == 0, done.stderr
        assert len(opened.opened) == 1

    def find_account(self, access_key_id: str) -> str:
        """Return the account that AWS gave a session for."""
        credential = self.sandbox.aws.world.credential(access_key_id)
        assert credential is not None, access_key_id
        return credential.principal.account


@pytest.fixture(scope="module")
def fifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiftyAccounts]:
    """Return the fifty accounts, for tests that change no profile."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("fifty"), aws)
        yield FiftyAccounts(sandbox)
        sandbox.purge()
