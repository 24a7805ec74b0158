"""One command's options and variables, in one value.

Whatever lies below `commands/` gets its settings from here; it knows no option's spelling and no variable's name.
"""

from __future__ import annotations

import os
import sys

from shellvault.argparser import CHOOSING
from shellvault.core.environment import ASKED, CONFIG_FILE, PREVIOUS, VIA
from shellvault.core.errors import UsageError
from shellvault.core.record import Record, Secret
from shellvault.core.shell_memory import MEMORY, with_own_settings
from shellvault.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.argparser import Arguments
    from shellvault.core.chain.resolve import SessionOptions
    from shellvault.core.session_choice import SessionChoice

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
"""The variable that names the endpoint of all services; with `_` and a service's name behind it, of that one."""

LOCK_AFTER = 60 * 60  # seconds
CA_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")  # before the profile's own file, and after it
SSO_FLOWS = ("auto", "browser", "device")
_DURATIONS = ("AWS_ASSUME_ROLE_TTL", "AWS_CHAINED_SESSION_TOKEN_TTL", "AWS_SESSION_TOKEN_TTL")
_ABOUT_ROLES = ("AWS_ROLE_SESSION_NAME", "AWS_SESSION_TAGS", "AWS_SOURCE_IDENTITY", "AWS_TRANSITIVE_TAGS")
AWS_VAULT_VARIABLES = frozenset((*_DURATIONS, *_ABOUT_ROLES, "AWS_MFA_SERIAL", "AWS_STS_REGIONAL_ENDPOINTS"))
"""aws-vault's variables that shape sessions; the module that knows them is loaded only where one is set."""


class Settings(Record):
    """The settings of one command. Durations are in seconds, paths are absolute, and an empty string means unset.

    Attributes:
        environ: the environment, for programs that we start and sources of credentials in it.
        cwd: the folder in which the command was started.
        duration: how long the session should last, as written.
        no_session: whether to use the key pair itself.
        region: the region to export, instead of the profile's.
        no_input: whether asking is forbidden.
        debug: whether to report what is done.
        backend: the vault that was asked for; `auto` and the empty string leave the choice to the program.
        aws_vault_backend: aws-vault's name for a backend, used if `backend` is empty.
        shell: the shell to write for; empty to detect it.
        timeout: how long to wait for a session, as it was written.
        fresh: whether to obtain a new session even if one is cached.
        mfa_token: an MFA code that was given, good for one call.
        mfa_driver: what answers the question for an MFA code.
        use_device_code: whether to sign in with a code, in the browser of any device.
        minimum_time_left: how long a cached session must still last, as it was written.
        endpoint_urls: each variable that names an endpoint, and the URL; None if endpoints are switched off.
        home: the folder of the sealed vault and the index.
        config_file: the AWS config file.
        keeps_log: whether events go into the log.
        choice: what the options say about the session beside its profile, or the shell remembers.
    """

    environ: Mapping[str, str]
    cwd: str
    duration: str
    no_session: bool
    region: str
    no_input: bool
    debug: bool
    backend: str
    aws_vault_backend: str
    shell: str
    timeout: str
    fresh: bool
    mfa_token: Secret
    mfa_driver: str
    use_device_code: bool
    minimum_time_left: str
    endpoint_urls: Mapping[str, str] | None
    home: str
    config_file: str
    keeps_log: bool
    choice: SessionChoice | None

    @property
    def session_options(self) -> SessionOptions:
        """What was asked for beyond the profile.

        Raises:
            UsageError: a value cannot be read.
        """
        from shellvault.core.chain.resolve import SessionOptions  # for commands that resolve a profile

        scope, name = (self.choice.scope, self.choice.session_name) if self.choice else (None, "")
        options = SessionOptions(no_session=self.no_session, scope=scope, session_name=name)
        if self.duration:
            from shellvault.core.durations import parse_duration

            options = options.replace(duration=parse_duration(self.duration, "--duration"))
        if AWS_VAULT_VARIABLES.isdisjoint(self.environ):
            return options
        from shellvault.compat.awsvault.variables import apply_variables

        return apply_variables(options, self.environ)

    @property
    def user_home(self) -> str:
        """The user's home folder."""
        return paths.home_folder(self.environ, self.cwd)

    @property
    def credentials_file(self) -> str:
        """The AWS shared credentials file."""
        return self.expand(self.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")

    @property
    def lock_after(self) -> int:
        """How long a sealed vault stays unlocked without use."""
        from shellvault.core.durations import parse_duration

        return parse_duration(self.environ.get("SHELLVAULT_LOCK_AFTER") or f"{LOCK_AFTER}s", "SHELLVAULT_LOCK_AFTER")

    @property
    def passphrase(self) -> Secret:
        """The sealed vault's passphrase."""
        return Secret(self.environ.get("SHELLVAULT_PASSPHRASE", ""))

    @property
    def passphrase_file(self) -> str:
        """A file whose first line is the sealed vault's passphrase."""
        path = self.environ.get("SHELLVAULT_PASSPHRASE_FILE", "")
        return paths.expand(path, self.environ, self.cwd) if path else ""

    @property
    def ignored_role_arn(self) -> str:
        """A role in the environment that is not followed; beside a web identity's token it is the SDKs' business."""
        return "" if self.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE") else self.environ.get("AWS_ROLE_ARN", "")

    @property
    def sso_flow(self) -> str:
        """How to sign in to IAM Identity Center: `browser`, `device`, or `auto`.

        Raises:
            UsageError: the variable has another value.
        """
        flow = self.environ.get("SHELLVAULT_SSO_FLOW") or "auto"
        if flow not in SSO_FLOWS:
            raise UsageError(f"SHELLVAULT_SSO_FLOW is '{flow}'", f"set it to one of: {', '.join(SSO_FLOWS)}")
        return "device" if self.use_device_code else flow

    @property
    def ca_bundle(self) -> str:
        """A file of certificates to trust in place of the built-in ones."""
        return self.expand(self.environ.get(CA_VARIABLES[0], ""))

    @property
    def fallback_ca_bundle(self) -> str:
        """A file of certificates to trust where neither `ca_bundle` nor the profile names one."""
        return self.expand(self.environ.get(CA_VARIABLES[1], ""))

    @property
    def proxies(self) -> dict[str, str]:
        """Scheme -> proxy, and under `no` the hosts that are reached without one; lower case wins, as in urllib."""
        names = {name: (f"{name}_proxy", f"{name.upper()}_PROXY") for name in ("http", "https", "no")}
        found = {name: self.environ.get(low, self.environ.get(high, "")) for name, (low, high) in names.items()}
        return {name: value for name, value in found.items() if value}

    @property
    def aws_login_folder(self) -> str:
        """Where the AWS CLI keeps the sessions of `aws login`."""
        return self.expand(self.environ.get("AWS_LOGIN_CACHE_DIRECTORY") or "~/.aws/login/cache")

    @property
    def default_region(self) -> str:
        """The region that the environment names."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION", "")

    @property
    def has_display(self) -> bool:
        """Whether a window can be shown."""
        return sys.platform in ("darwin", "win32") or any(map(self.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))

    @property
    def has_local_browser(self) -> bool:
        """Whether a browser on this machine is one that the user sees."""
        is_remote = self.environ.get("SSH_CONNECTION") or self.environ.get("SSH_TTY")
        is_visible = not sys.platform.startswith("linux") or self.has_display
        return bool(self.environ.get("BROWSER")) or (not is_remote and is_visible)

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The profiles whose programs led to this command."""
        return tuple(filter(None, self.environ.get(ASKED, "").split("\n")))

    @property
    def code_sources(self) -> tuple[str, str, str]:
        """What gives MFA codes: the account on a YubiKey, the YubiKey's serial number, and the entry of `pass otp`."""
        names = "YKMAN_OATH_CREDENTIAL_NAME", "YKMAN_OATH_DEVICE_SERIAL", "PASS_OATH_CREDENTIAL_NAME"
        account, serial, entry = [self.environ.get(name, "") for name in names]
        return account, serial, entry

    def choose_name(self, word: str) -> str:
        """Return the name of the role that the command line chooses, or else the profile that it names."""
        return role.name if self.choice and (role := self.choice.role) and role.is_given else word

    def expand(self, path: str) -> str:
        """Return a path as an absolute one, with `~` and variables replaced; an empty one stays empty."""
        return paths.expand(paths.expand_variables(path, self.environ), self.environ, self.cwd) if path else ""


def load_settings(arguments: Arguments, environ: Mapping[str, str], cwd: str) -> Settings:
    """Return the settings of a command line in an environment and a folder."""
    options, home = arguments.options, paths.data_folder(environ, cwd)
    environ = with_own_settings(environ) if MEMORY in environ else environ  # what a session put there is not the user's
    is_plain = options.keys().isdisjoint(CHOOSING) and VIA not in environ and "=" not in environ.get(PREVIOUS, "")
    ignores_endpoints = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    endpoint_urls = {name: url for name, url in environ.items() if url and name.startswith(ENDPOINT_VARIABLE)}
    if config_file := environ.get(CONFIG_FILE) or environ.get("AWS_CONFIG_FILE", ""):
        config_file = paths.find_config(paths.expand_variables(config_file, environ), environ, cwd, home)
    return Settings(
        environ=environ,
        cwd=cwd,
        duration=options.get("--duration", ""),
        no_session=bool(options.get("--no-session")),
        region=options.get("--region", ""),
        no_input=bool(options.get("--no-input")),
        debug=bool(options.get("--debug")),
        backend=options.get("--backend", ""),
        aws_vault_backend="" if options.get("--from") == "aws-vault" else environ.get("AWS_VAULT_BACKEND", ""),
        shell=options.get("--shell", ""),
        timeout=options.get("--timeout") or environ.get("SHELLVAULT_TIMEOUT", ""),
        fresh=bool(options.get("--fresh")),
        mfa_token=Secret(options.get("--mfa-token", "")),
        mfa_driver=options.get("--prompt") or "terminal",
        use_device_code=bool(options.get("--use-device-code")),
        minimum_time_left=environ.get("AWS_MIN_TTL", ""),
        endpoint_urls=None if ignores_endpoints else endpoint_urls,
        home=home,
        config_file=config_file or os.path.join(paths.home_folder(environ, cwd), ".aws/config"),
        keeps_log=environ.get("SHELLVAULT_LOG", "").lower() not in ("off", "no", "false", "0"),
        choice=None if is_plain else _choose(arguments, environ, cwd),
    )


def _choose(arguments: Arguments, environ: Mapping[str, str], cwd: str) -> SessionChoice:
    from shellvault.session_options import choose  # few commands use one

    return choose(arguments, environ, lambda path: paths.expand(path, environ, cwd))
