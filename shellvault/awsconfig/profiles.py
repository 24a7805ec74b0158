"""What is known of profiles and key pairs without opening the vault: the config file and the index side by side."""

from __future__ import annotations

from shellvault.awsconfig import endpoints
from shellvault.core import environment
from shellvault.core.model import Profile, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.reader import Config


class Profiles:
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

    def endpoint(self, profile: Profile, service: str = "sts") -> str:
        """Return the endpoint chosen for this profile and service, or the empty string."""
        return endpoints.choose_endpoint(service, profile, self._config, self._environ)

    def section(self, name: str) -> Mapping[str, str]:
        """Return a section of the config file, empty where there is none."""
        return self._config.section(name)

    def sso_sessions(self) -> list[str]:
        """Return the names of the config file's sso-sessions."""
        return self._config.named("sso-session")

    def asked(self) -> tuple[str, ...]:
        """Return the profiles whose programs have led to this command."""
        return tuple(name for name in self._environ.get(environment.ASKED, "").split("\n") if name)

    def surroundings(self) -> str:
        """Return what tells the credentials in the environment from others, and gives none of them away.

        They are those from before shellvault put its own there.
        """
        before = environment.without_session(self._environ)
        return digest("environment", *(before.get(name) or "" for name in environment.CREDENTIALS))
