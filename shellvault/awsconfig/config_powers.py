"""What a config file can do to credentials: its settings that name programs, endpoints and certificates."""

from __future__ import annotations

import os

from shellvault.awsconfig.endpoints import CA_BUNDLE, ENDPOINT, SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.awsconfig.reader import Config
    from shellvault.settings import Settings

_PROGRAMS = frozenset({"credential_process", "mfa_process", "web_identity_token_process"})
_REACH = frozenset({ENDPOINT, SERVICES, CA_BUNDLE})


def list_powers(config: Config) -> list[str]:
    """Return these settings, in the file's order, each as `[section] key = value`."""
    return _list(config, _PROGRAMS | _REACH)


def list_reach_powers(config: Config) -> list[str]:
    """Return only the settings that name endpoints and certificates, in the same form."""
    return _list(config, _REACH)


def _list(config: Config, keys: frozenset[str]) -> list[str]:
    return [
        f"[{section}] {key} = {value}"
        for section, settings in config.raw_sections()
        for key, value in settings.items()
        if key in keys or key.endswith(f".{ENDPOINT}")
    ]


def is_own_config(path: str, settings: Settings) -> bool:
    """Return whether a config file is the user's own one at the default path."""
    return path == os.path.join(settings.user_home, ".aws/config")
