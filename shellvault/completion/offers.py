"""What can be offered for each kind of value. Reads names only, asks nobody, and opens no vault."""

from __future__ import annotations

import os
import stat
import sys

from shellvault.core.environment import CONFIG_FILE
from shellvault.core.errors import ShellvaultError
from shellvault.core.model import account_in, role_in
from shellvault.core.shell_memory import MEMORY, with_own_settings
from shellvault.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.awsconfig.reader import Config
    from shellvault.request import Request
    from shellvault.storage.index import IndexEntry

    Candidate = tuple[str, str]
    """A word, and what it means; the latter may be empty."""

FILE = "FILE"
"""The kind that the shell itself completes."""
_FEW = 500  # profiles; more are listed without descriptions


def list_offers(kind: str, request: Request, backend: str) -> list[Candidate]:
    """Return the candidates of a kind: a key of `KINDS`, or words separated by `|`.

    `backend` is the vault that the command line names, or the empty string.
    """
    if kind not in KINDS:
        return [(word, "") for word in kind.split("|")]
    return [pair for pair in KINDS[kind](request, backend) if pair[0] and "\n" not in pair[0] and "\0" not in pair[0]]


def _list_profiles(request: Request, backend: str) -> Iterable[Candidate]:
    found = dict.fromkeys([entry.name for entry in _read_index(request, backend)], "key pair")
    if (config := _read_config(request)) is None:
        return found.items()
    names = config.names()
    if len(names) > _FEW:
        return (dict.fromkeys(names, "") | found).items()
    return ({name: _describe_profile(config.section(f"profile {name}")) for name in names} | found).items()


def _describe_profile(settings: Mapping[str, str]) -> str:
    """Return the role and the account that a profile's settings name."""
    arn = settings.get("role_arn", "")
    role = role_in(arn) or settings.get("sso_role_name", "")
    account = account_in(arn) or settings.get("sso_account_id", "")
    return f"{role} in {account}" if role and account else role or account


def _list_key_pairs(request: Request, backend: str) -> Iterable[Candidate]:
    return [(entry.name, f"…{entry.last4}") for entry in _read_index(request, backend)]


def _list_sso_sessions(request: Request, _backend: str) -> Iterable[Candidate]:
    config = _read_config(request)
    names = config.named("sso-session") if config else []
    return [(name, config.section(f"sso-session {name}").get("sso_start_url", "")) for name in names if config]


def _list_verbs(_request: Request, _backend: str) -> Iterable[Candidate]:
    from shellvault.commands import VERBS

    return [*VERBS.items(), ("help", "show a command's help")]


def _list_backends(_request: Request, _backend: str) -> Iterable[Candidate]:
    from shellvault.storage.backends import AUTO, KEYRINGS, SEALED

    return [(name, "") for name in (AUTO, *KEYRINGS.get(sys.platform, ()), SEALED)]


def _list_drivers(_request: Request, _backend: str) -> Iterable[Candidate]:
    from shellvault.core.option_values import MFA_DRIVERS

    return [(name, "") for name in MFA_DRIVERS]


def _list_login_places(_request: Request, _backend: str) -> Iterable[Candidate]:
    from shellvault.core.option_values import LOGIN_PLACES

    return [(name, "") for name in LOGIN_PLACES]


def _list_regions(request: Request, _backend: str) -> Iterable[Candidate]:
    """Return the regions that the config file names: those that its user works in."""
    if (config := _read_config(request)) is None:
        return []
    sections = [config.section(f"profile {name}") for name in config.names()[:_FEW]]
    sections += [config.section(f"sso-session {name}") for name in config.named("sso-session")]
    found = [each.get(name, "") for each in sections for name in ("region", "sso_region")]
    return [(region, "") for region in sorted(set(found))]


def _list_nothing(_request: Request, _backend: str) -> Iterable[Candidate]:
    return []


KINDS: dict[str, Callable[[Request, str], Iterable[Candidate]]] = {
    "PROFILE": _list_profiles,
    "PATTERN": _list_profiles,
    "KEYPAIR": _list_key_pairs,
    "SESSION": _list_sso_sessions,
    "COMMAND": _list_verbs,
    "BACKEND": _list_backends,
    "DRIVER": _list_drivers,
    "WHERE": _list_login_places,
    **dict.fromkeys((FILE, "ARN", "CODE", "ID", "KEYID", "N", "NAME", "PATH", "PATTERNS", "PID"), _list_nothing),
    **dict.fromkeys(("R,…", "REGION"), _list_regions),
    "TIME": lambda _request, _backend: [(time, "") for time in ("15m", "1h", "4h", "8h", "12h")],
    "TEXT": _list_nothing,
}
"""Kind of value -> what lists the candidates; most options and positionals say their kind by their name."""


def _read_config(request: Request) -> Config | None:
    """Return the config file that a command would read; None if that would be an error."""
    from shellvault.awsconfig.reader import Config  # for few kinds

    environ = with_own_settings(request.environ) if MEMORY in request.environ else request.environ
    home = paths.data_folder(environ, request.cwd)
    path = environ.get(CONFIG_FILE) or environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    file = paths.find_config(paths.expand_variables(path, environ), environ, request.cwd, home)
    try:
        return Config.read(file, _read_regular)
    except ShellvaultError:
        return None


def _read_regular(path: str) -> bytes:
    """Return the content of a file, or nothing for a pipe or a device, which might keep us waiting."""
    with open(path, "rb", opener=lambda name, _: os.open(name, paths.READING)) as stream:
        found = os.fstat(stream.fileno())
        return stream.read() if stat.S_ISREG(found.st_mode) and found.st_size <= paths.LARGEST else b""


def _read_index(request: Request, backend: str) -> Iterable[IndexEntry]:
    """Return the entries of the vault that a command would use, without looking for the vault."""
    from shellvault.storage.index import Index  # for few kinds

    try:
        entries = Index(paths.data_folder(request.environ, request.cwd)).entries()
    except ShellvaultError:
        return []
    wanted = backend or request.environ.get("SHELLVAULT_BACKEND", "")
    used = entries[0].backend if entries and wanted in ("", "auto") else wanted
    return [entry for entry in entries if entry.backend == used]
