"""A provider's context for tests of one provider: it has an environment, and nobody to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.aws.network import Network
from shellvault.core.chain.links import StoredKey
from shellvault.core.chain.resolve import ResolvedChain
from shellvault.core.model import Profile
from shellvault.own_process import OwnProcess
from shellvault.providers.provider_context import ProviderContext
from shellvault.ui.user_interface import Ui
from tests.ui.settings_factory import make_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.providers.provider_context import RefreshTokenStore


def make_context(environ: Mapping[str, str]) -> ProviderContext:
    """Return the context of a command in this environment."""
    return ProviderContext(
        resolved=ResolvedChain(Profile("dev", ("dev",), {}), ("dev",), StoredKey("dev", "0"), ()),
        settings=make_settings(environ),
        ui=Ui(OwnProcess(stdout_is_tty=False, caller_pid=0), may_ask=False, verbose=False),
        network=Network("", {}),
        refresh_tokens=_no_refresh_tokens,
        refused=(),
    )


def _no_refresh_tokens() -> RefreshTokenStore:
    raise AssertionError("this provider has no refresh tokens")
