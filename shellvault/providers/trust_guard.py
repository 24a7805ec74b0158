"""Asks the user before credentials go by what only the environment, or a config file elsewhere, names."""

from __future__ import annotations

from shellvault.aws.network import Guard
from shellvault.awsconfig.config_powers import has_own_config
from shellvault.core.errors import AwsUnreachableError, NotAskedError, UsageError
from shellvault.core.text import quote_word
from shellvault.core.urls import is_loopback
from shellvault.storage.trusted_files import TrustedFiles, look_at_certificates, look_at_config
from shellvault.system.atomic_file import read_text
from shellvault.system.file_owner import require_owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile
    from shellvault.settings import Settings
    from shellvault.storage.trusted_files import TrustedFile
    from shellvault.ui.user_interface import Ui

_SERVICES = {"signin": "signing in at {}, not AWS", "iam": "the new key comes from {}, not from AWS"}
_SERVICES["sso-oidc"] = _SERVICES["signin"]
_ANY_SERVICE = "the credentials come from {}, not from AWS"


class TrustGuard(Guard):
    """Checks what is used for one profile.

    Args:
        settings: the settings of the command.
        profiles: where its endpoints come from.
        profile: whose certificates are used; None where no profile is meant.
        ui: asks the user and tells them about endpoints; None: what is not trusted is refused, and nothing is told.
    """

    def __init__(self, settings: Settings, profiles: Profiles, profile: Profile | None, ui: Ui | None) -> None:
        self._settings = settings
        self._profiles = profiles
        self._own_ca_bundle = profiles.own_ca_bundle(profile)
        self._ui = ui
        self._told: set[str] = set()

    def check_endpoint(self, service: str, url: str) -> None:
        """Refuse an endpoint that the user does not trust, and tell them where one is this machine.

        Raises:
            UsageError: it is not trusted.
            AwsUnreachableError: nothing listens there.
        """
        variable = self._find_origin(url)
        if variable is None:
            return
        if not variable:
            self._require_config(f"the endpoint {url}")
        elif is_loopback(url):
            self._require_listener(variable, url)
        if is_loopback(url):
            self._tell(_SERVICES.get(service, _ANY_SERVICE).format(url))

    def check_certificates(self, path: str) -> None:
        """Refuse certificates that the user does not trust: whoever has their key can read what goes to AWS."""
        if path == self._own_ca_bundle:
            self._require_config(f"the certificates in {path}")
            return
        require_owned(path, "the file of certificates")
        why = "AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE names it; whoever issues its certificates can read your credentials"
        self._require_trusted(*look_at_certificates(path, read_text(path)), why)

    def check_program(self, what: str) -> None:
        """Refuse a program of a config file that the user does not trust."""
        self._require_config(what)

    def check_reach(self, named: Sequence[str]) -> None:
        """Refuse to tell programs of endpoints and certificates of a config file that the user does not trust."""
        if named:
            self._require_config(named[0])

    def _find_origin(self, url: str) -> str | None:
        """Return the variable that alone names an endpoint, empty for the config file; None where it is AWS's own."""
        found = {each.rstrip("/"): variable for each, variable in self._profiles.endpoint_origins.items() if each}
        return found.get(url.rstrip("/"))

    def _require_config(self, what: str) -> None:
        if not has_own_config(self._settings):
            path = self._settings.config_file
            self._require_trusted(*look_at_config(path, self._profiles.config), f"it names {what}")

    def _require_listener(self, variable: str, url: str) -> None:
        """Refuse an address where another user of this machine listens."""
        from shellvault.system.loopback_sockets import find_listeners, is_trusted_owner

        listeners = find_listeners(url)
        if listeners is None:
            self._tell(f"{variable} names {url}, and this system does not tell whose server that is")
        elif not listeners:
            raise AwsUnreachableError(
                f"{url} could not be reached: no program on this machine listens there",
                f"start it, or unset {variable}; for a forwarded port, set endpoint_url = {url} in the profile",
            )
        elif not all(map(is_trusted_owner, listeners)):
            raise UsageError(
                f"{variable} names {url}, which is another user's server, and is not trusted with credentials",
                f"unset {variable}",
            )

    def _require_trusted(self, file: TrustedFile, content: list[str], why: str) -> None:
        trusted = TrustedFiles(self._settings.home)
        if file in trusted.entries():
            return
        if not self._confirm(file, content, why):
            raise UsageError(f"{file.path} is not trusted, and {why}", f"shellvault trust {quote_word(file.path)}")
        trusted.put(file)

    def _confirm(self, file: TrustedFile, content: list[str], why: str) -> bool:
        if self._ui is None or not self._ui.may_ask:
            return False
        for line in (f"{file.path} is new or has changed, and {why}. It has:", *(f"  {each}" for each in content)):
            self._ui.notice(line)
        try:
            return self._ui.confirm(f"Trust {file.path}?")
        except NotAskedError:
            return False

    def _tell(self, text: str) -> None:
        if self._ui and text not in self._told:
            self._told.add(text)
            self._ui.notice(text)
