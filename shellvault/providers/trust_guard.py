"""Asks the user before credentials go by what only the environment, or a config file elsewhere, names."""

from __future__ import annotations

import os

from shellvault.aws.network import Guard
from shellvault.awsconfig.config_powers import is_own_config
from shellvault.core.aws_hosts import is_metadata_address
from shellvault.core.errors import AwsUnreachableError, NotAskedError, UsageError
from shellvault.core.text import quote_word
from shellvault.core.urls import authority_of, is_loopback
from shellvault.settings import CA_VARIABLES
from shellvault.storage.trusted_files import TrustedFiles, look_at_certificates, look_at_config
from shellvault.system.file_owner import read_owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import Profile
    from shellvault.settings import Settings
    from shellvault.storage.trusted_files import TrustedFile
    from shellvault.ui.user_interface import Ui

_SERVICES = {"signin": "signing in at {}, not AWS", "iam": "IAM's answers come from {}, not from AWS"}
_SERVICES["sso-oidc"] = _SERVICES["signin"]
_WHY_CERTIFICATES = "whoever issues its certificates can read your credentials"
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
            forwarded = f"for a forwarded port, set endpoint_url = {url} in the profile"
            self._require_listener(variable, url, f"start it, or unset {variable}; {forwarded}")
        if is_loopback(url):
            self._tell(_SERVICES.get(service, _ANY_SERVICE).format(url))

    def check_metadata(self, variable: str, url: str) -> None:
        """Refuse all but AWS's metadata addresses and this machine's own; for the errors see `check_endpoint`."""
        if is_loopback(url):
            place = f"{url.partition('://')[0]}://{authority_of(url)}"  # the path may be a secret
            self._require_listener(variable, place, f"start it, or unset {variable}")
            self._tell(_ANY_SERVICE.format(place))
        elif not is_metadata_address(url):
            raise UsageError(
                f"{variable} names an address that is not one of AWS's metadata services, so nothing is asked there",
                f"unset {variable}, or correct it",
            )

    def read_certificates(self, path: str) -> bytes:
        """Refuse certificates that the user does not trust: whoever has their key can read what goes to AWS."""
        if path == self._own_ca_bundle:
            self._require_config(f"the certificates in {path}")
            return super().read_certificates(path)
        variable = CA_VARIABLES[path != self._settings.ca_bundle]
        if not os.path.isfile(path):
            raise UsageError(f"{variable} names {path}, and there is no such file", f"correct or unset {variable}")
        found = read_owned(path, "the file of certificates")
        file, content = look_at_certificates(path, found.decode("utf-8", "surrogateescape"))
        if not content:
            raise UsageError(f"{path} has no certificates, and {variable} names it", f"correct or unset {variable}")
        self._require_trusted(file, content, f"{variable} names it; {_WHY_CERTIFICATES}")
        return found

    def check_program(self, what: str) -> None:
        """Refuse a program of a config file that the user does not trust."""
        self._require_config(what)

    def check_reach(self, named: Sequence[str]) -> None:
        """Refuse to tell programs about endpoints and certificates from a config file that the user does not trust."""
        if named:
            self._require_config(named[0])

    def _find_origin(self, url: str) -> str | None:
        """Return the variable that alone names an endpoint, empty for the config file; None where it is AWS's own."""
        found = {each.rstrip("/"): variable for each, variable in self._profiles.endpoint_origins.items() if each}
        return found.get(url.rstrip("/"))

    def _require_config(self, what: str) -> None:
        if not is_own_config(self._settings.config_file, self._settings):
            path = self._settings.config_file
            self._require_trusted(*look_at_config(path, self._profiles.config), f"it names {what}")

    def _require_listener(self, variable: str, url: str, hint: str) -> None:
        """Refuse an address where another user of this machine listens; `hint` is for one where nobody does."""
        from shellvault.system.loopback_sockets import find_listeners, is_trusted_owner

        listeners = find_listeners(url)
        if listeners is None:
            self._tell(f"{variable} names {url}, and this system does not tell whose server that is")
        elif not listeners:
            raise AwsUnreachableError(f"{url} could not be reached: no program on this machine listens there", hint)
        elif not all(map(is_trusted_owner, listeners)):
            raise UsageError(
                f"{variable} names {url}, which is another user's server, and is not trusted with credentials",
                f"unset {variable}",
            )

    def _require_trusted(self, file: TrustedFile, content: list[str], why: str) -> None:
        trusted = TrustedFiles(self._settings)
        entries = trusted.entries()
        if file in entries:
            return
        state = "has changed" if file.path in [each.path for each in entries] else "is not trusted yet"
        about = [f"{file.path} {state}, and {why}. It has:", *(f"  {each}" for each in content)]
        if not self._confirm(f"Trust {file.path}?", about):
            raise UsageError(f"{file.path} is not trusted, and {why}", f"shellvault trust {quote_word(file.path)}")
        trusted.put(file)

    def _confirm(self, question: str, about: list[str]) -> bool:
        try:
            return self._ui is not None and self._ui.confirm(question, about)
        except NotAskedError:
            return False

    def _tell(self, text: str) -> None:
        if self._ui and text not in self._told:
            self._told.add(text)
            self._ui.notice(text)
