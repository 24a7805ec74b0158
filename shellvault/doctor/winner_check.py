"""Which credentials the AWS SDKs would use in this shell, and which of the others that hides.

Each SDK looks in its own order. Sources: botocore's `create_credential_resolver`; the default credential provider
chains in the developer guides of the SDKs for JavaScript v3, Go v2 and Java 2.
"""

from __future__ import annotations

import os

from shellvault.awsconfig.reader import Config
from shellvault.core.environment import CHOICE, CONTAINER_URI, CREDENTIALS, PROFILE
from shellvault.core.errors import ShellvaultError
from shellvault.core.ownership import asks_endpoint, is_ours
from shellvault.core.record import Record
from shellvault.core.shell_memory import CONFIG_FILES, TOKEN_FILE
from shellvault.doctor.finding import OK, WARN, Finding
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Sections = dict[str, dict[str, str]]

_KEYS, _ROLE, _TOKEN, _PROFILE, _CONTAINER = "keys", "role", "token", "profile", "container"
_CONTAINER_PATH = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_FILES = dict(zip(CONFIG_FILES, (".aws/config", ".aws/credentials"), strict=True))
_KINDS = {
    "role_arn": "a role",
    "web_identity_token_file": "a web identity",
    "sso_account_id": "IAM Identity Center",
    "aws_access_key_id": "a key pair",
    "login_session": "aws login",
    "credential_process": "credential_process",
}
"""Setting of a profile -> what it leads to."""


class Client(Record):
    """Programs that look in the same order.

    Attributes:
        programs: what messages call them; nothing if they are the SDK for a language.
        language: that language.
        order: where they look.
        choosing: the variables that name their profile, the first one that is set.
        skips_keys: whether they ignore keys in the environment where a variable names a profile.
    """

    programs: tuple[str, ...]
    language: str
    order: tuple[str, ...]
    choosing: tuple[str, ...]
    skips_keys: bool = False


CLIENTS = (
    Client(("boto3", "the AWS CLI"), "", (_KEYS, _ROLE, _TOKEN, _PROFILE, _CONTAINER), (CHOICE[1], CHOICE[0])),
    Client((), "JavaScript", (_KEYS, _ROLE, _PROFILE, _TOKEN, _CONTAINER), CHOICE[:1], skips_keys=True),
    Client((), "Go", (_KEYS, _TOKEN, _ROLE, _PROFILE, _CONTAINER), CHOICE),
    Client((), "Java", (_KEYS, _TOKEN, _ROLE, _PROFILE, _CONTAINER), CHOICE[:1]),
)


def check_winners(environ: Mapping[str, str], home: str) -> Iterator[Finding]:
    """Say which credentials win in a shell with this environment and home folder."""
    try:
        sections = _read(*(environ.get(name) or os.path.join(home, usual) for name, usual in _FILES.items()))
    except ShellvaultError:  # another check reports it
        what = "which credentials programs in this shell would use"
        yield Finding(WARN, f"not checked, because an AWS file cannot be read: {what}")
        return
    found: dict[tuple[str, ...], list[Client]] = {}
    for client in CLIENTS:
        found.setdefault(tuple(_rank(client, environ, sections)), []).append(client)
    winners = {ranked[:1] for ranked in found}
    for ranked, clients in found.items():
        state, fix = (OK, "") if len(winners) == 1 else (WARN, _find_fix(environ))
        yield Finding(state, _describe(_name(clients), ranked), fix)


def _read(config: str, credentials: str) -> Sections:
    """Return each profile's settings in both files."""
    parsed = Config.read(config)
    found = {name: dict(parsed.section(f"profile {name}")) for name in parsed.names()}
    for name, settings in Config(read_text(credentials), credentials).raw_sections():
        found[name] = found.get(name, {}) | settings
    return found


def _rank(client: Client, environ: Mapping[str, str], sections: Sections) -> Iterator[str]:
    """Yield what a client would find, in its order."""
    chosen = next(filter(None, map(environ.get, client.choosing)), "")
    for source in client.order:
        if source == _KEYS and not (client.skips_keys and chosen):
            yield from _find_keys(environ)
        elif source in (_ROLE, _PROFILE):
            yield from _find_profile(chosen or "default", sections, has_role=source == _ROLE)
        elif source == _TOKEN and environ.get(TOKEN_FILE):
            yield f"the web identity that {TOKEN_FILE} names"
        elif source == _CONTAINER:
            yield from _find_container(environ)


def _find_keys(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get(CREDENTIALS[0]) and environ.get(CREDENTIALS[1]):
        yield f"the session of '{environ[PROFILE]}'" if _is_session(environ) else f"the keys in {CREDENTIALS[0]}"


def _find_container(environ: Mapping[str, str]) -> Iterator[str]:
    if asks_endpoint(environ):
        yield f"shellvault's endpoint, for '{environ.get(PROFILE)}'"
    elif name := next(filter(environ.get, (_CONTAINER_PATH, CONTAINER_URI)), ""):
        yield f"the endpoint that {name} names"


def _find_profile(name: str, sections: Sections, *, has_role: bool) -> Iterator[str]:
    kinds = [kind for setting, kind in _KINDS.items() if sections.get(name, {}).get(setting)]
    if kinds and has_role == (kinds[0] == _KINDS["role_arn"]):
        yield f"profile '{name}' ({kinds[0]})"


def _is_session(environ: Mapping[str, str]) -> bool:
    return bool(environ.get(PROFILE)) and is_ours(environ)


def _find_fix(environ: Mapping[str, str]) -> str:
    """Return what makes all clients agree: without these variables, they find the same first."""
    is_split = [name for name in (*CHOICE, TOKEN_FILE) if environ.get(name)]
    return f"unset {' '.join(is_split)}"


def _describe(who: str, ranked: tuple[str, ...]) -> str:
    if not ranked:
        return f"{who} would find no credentials in this shell"
    hidden = f"; that hides {_join(ranked[1:])}" if ranked[1:] else ""
    return f"{who} would use {ranked[0]}{hidden}"


def _name(clients: Iterable[Client]) -> str:
    found = list(clients)
    programs = [each for client in found for each in client.programs]
    languages = [client.language for client in found if client.language]
    sdks = f"the SDK{'s' * (len(languages) > 1)} for {_join(languages)}" if languages else ""
    return _join([*programs, *([sdks] if sdks else [])])


def _join(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
