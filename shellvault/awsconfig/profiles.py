"""Read-only view of profiles and stored keys: the config file and the index side by side, without opening the vault."""

from __future__ import annotations

from shellvault.awsconfig.endpoints import IGNORE_CONFIGURED, VARIANTS, choose_endpoint
from shellvault.core.errors import UsageError
from shellvault.core.model import Profile, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from shellvault.awsconfig.reader import Config
    from shellvault.core.profile_summary import ProfileSummary
    from shellvault.core.scope import Scope
    from shellvault.settings import Settings

    Result = TypeVar("Result")


class Profiles:
    """Everything that a chain is resolved from; see `ProfileLookup`.

    Args:
        config: the config file.
        fingerprints: name -> fingerprint of each key pair in the vault that is in use.
        settings: what the environment says of endpoints, and holds of credentials.
    """

    def __init__(self, config: Config, fingerprints: Mapping[str, str], settings: Settings) -> None:
        self.config = config
        self.fingerprints = fingerprints
        self.endpoint_origins: dict[str, str] = {}
        """Each endpoint that was chosen so far, and the variable that alone names it; empty for the config file's."""
        self._settings = settings

    def with_config(self, config: Config) -> Profiles:
        """Return the same with another config file."""
        return Profiles(config, self.fingerprints, self._settings)

    def profile(self, name: str) -> Profile | None:
        """Return a profile of the config file, or a bare one where only a key pair has the name."""
        role = self._settings.choice.role if self._settings.choice else None
        if role and role.name == name and (role.is_given or not self.config.profile(name)):
            return role.compose(Profiles(self.config, self.fingerprints, self._settings.replace(choice=None)))
        found = self.config.profile(name)
        return found or (Profile(name, (name,), {}) if name in self.fingerprints else None)

    def find_settings(self, name: str) -> Mapping[str, str] | None:
        """Return the settings of a profile; None if what it includes is missing, or leads back to it.

        For those who look at all profiles, most of which nobody has asked for.
        """
        try:
            found = self.profile(name)
        except UsageError:
            return None
        return found.settings if found else {}

    def names(self) -> list[str]:
        """Return every name that `profile` knows, the config file's first."""
        return list(dict.fromkeys((*self.config.names(), *self.fingerprints)))

    def summaries(self) -> list[ProfileSummary]:
        """Return a summary of each profile and key pair, in the order of `names`."""
        from shellvault.core.profile_summary import summarize_all

        return self.keep("summaries", lambda: summarize_all(self.names(), self))

    def keep(self, what: str, make: Callable[[], Result]) -> Result:
        """Return what was made of this content of the file and these key pairs before, in an agent, or make it now."""
        if self._settings.choice:  # it may add a profile that is in no file
            return make()
        keys = list(self.fingerprints)
        if (kept := self.config.kept.get(what)) is None or kept[0] != keys:
            kept = self.config.kept[what] = keys, make()
        result: Result = kept[1]
        return result

    def endpoint(self, profile: Profile | None, service: str = "sts") -> str:
        """Return the endpoint chosen for a profile and service, or the empty string for AWS's own.

        Raises:
            UsageError: it is not one that may be given credentials.
        """
        urls = self._settings.endpoint_urls
        is_told = profile is not None and IGNORE_CONFIGURED in profile.settings
        if urls is None or (is_told and self.is_on(IGNORE_CONFIGURED, profile)):
            return ""
        url, variable = choose_endpoint(service, profile, self.config, urls)
        if variable or url not in self.endpoint_origins:
            self.endpoint_origins[url] = variable
        return url

    def endpoint_variants(self, profile: Profile | None) -> dict[str, bool]:
        """Return which of AWS's own endpoints a profile uses, by botocore's option names."""
        return {name: self.is_on(name, profile) for name in VARIANTS}

    def is_on(self, switch: str, profile: Profile | None) -> bool:
        """Return whether one of AWS's switches is on, in the environment or else in a profile's settings."""
        configured = profile.settings.get(switch, "") if profile else ""
        return self._settings.environ.get(f"AWS_{switch.upper()}", configured).lower() == "true"

    def own_ca_bundle(self, profile: Profile | None) -> str:
        """Return the file of certificates that a profile's settings name, or the empty string."""
        named = profile.settings.get("ca_bundle", "") if profile else ""
        return self._settings.expand(named) if named else ""

    def ca_bundle(self, profile: Profile | None) -> str:
        """Return the file of certificates to trust for a profile, or the empty string for the built-in ones."""
        settings = self._settings
        return settings.ca_bundle or self.own_ca_bundle(profile) or settings.fallback_ca_bundle

    def scope(self, profile: Profile) -> Scope:
        """Return what a profile's settings narrow its session to.

        Raises:
            UsageError: its policies are not policies, or their file cannot be read.
        """
        from shellvault.core.scope import Scope, parse_arns
        from shellvault.system.policy_file import read_policy

        what = f"session_policy of profile '{profile.name}'"
        arns, file = (profile.settings.get(key) for key in ("session_policy_arns", "session_policy"))
        if file == "":
            raise UsageError(f"{what} is empty", "name the file with the policy, or remove the line")
        return Scope(
            policy_arns=() if arns is None else parse_arns(arns, f"session_policy_arns of profile '{profile.name}'"),
            policy=read_policy(self._settings.expand(file), f"{what}: {file}") if file else "",
            policy_file=file or "",
        )

    def section(self, name: str) -> Mapping[str, str]:
        """Return a section of the config file, empty where there is none."""
        return self.config.section(name)

    def headers(self) -> list[str]:
        """Return the name of every section of the config file as it is written."""
        return self.config.headers()

    def sso_sessions(self) -> list[str]:
        """Return the names of the config file's sso-sessions."""
        return self.config.named("sso-session")

    def asked_for(self) -> tuple[str, ...]:
        """Return the profiles whose programs led to this command."""
        return self._settings.asked_for

    def environment_digest(self) -> str:
        """Return what tells the credentials in the environment from others, and reveals none of them.

        They are those from before shellvault put its own there.
        """
        from shellvault.core.before_session import marks_before  # for few profiles

        return digest("environment", *marks_before(self._settings.environ))
