"""What is known of profiles and key pairs without opening the vault: the config file and the index side by side."""

from __future__ import annotations

from shellvault import endpoints
from shellvault.model import Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.config import Config


class Book:
    """Answers what `steps` and `chain` ask.

    Args:
        config: the config file.
        fingerprints: name -> fingerprint of each key pair in the vault that is in use.
        environ: the environment, which may name an endpoint.
    """

    def __init__(self, config: Config, fingerprints: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._config = config
        self._fingerprints = fingerprints
        self._environ = environ

    def profile(self, name: str) -> Profile | None:
        """Return a profile of the config file, or a bare one where only a key pair has the name."""
        found = self._config.profile(name)
        return found or (Profile(name, (name,), {}) if name in self._fingerprints else None)

    def names(self) -> list[str]:
        """Return every name that `profile` knows, the config file's first."""
        return list(dict.fromkeys((*self._config.names(), *self._fingerprints)))

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of the key pair stored under exactly this name, or the empty string."""
        return self._fingerprints.get(name, "")

    def endpoint(self, profile: Profile) -> str:
        """Return the STS endpoint chosen for this profile, or the empty string."""
        return endpoints.sts(profile, self._config, self._environ)
