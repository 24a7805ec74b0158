"""Whose credentials programs in a shell see: those of the session that was put there, or others. Pure."""

from __future__ import annotations

from shellvault.core.environment import CHOICE, CONFIG_FILE, CONTAINER_URI, CREDENTIALS, FILES, KEY_ID, PROFILE, SERVER
from shellvault.core.shell_memory import CONFIG_FILES, mark_of, recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def is_ours(environ: Mapping[str, str]) -> bool:
    """Return whether AWS would see the session that was put into the shell; the hook checks the same at each prompt."""
    name = environ.get(PROFILE, "")
    key_id, secret = (environ.get(variable, "") for variable in CREDENTIALS[:2])
    if any(environ.get(other) not in (None, "", name) for other in CHOICE):
        return False
    if server := environ.get(SERVER):  # no credentials, but the address of an endpoint
        return not key_id and environ.get(CONTAINER_URI) == server and name_files(environ) == environ.get(FILES)
    if environ.get(FILES):  # no credentials, but a profile that asks for them
        return not key_id and environ.get(CHOICE[0]) == name and name_files(environ) == environ[FILES]
    return bool(key_id and secret) and key_id == environ.get(KEY_ID)


def name_files(environ: Mapping[str, str]) -> str:
    """Return the config file and the credentials file that the environment names."""
    return ":".join(environ.get(name, "") for name in CONFIG_FILES)


def asks_endpoint(environ: Mapping[str, str]) -> bool:
    """Return whether programs in this shell ask our endpoint, judging by the URL that was put there."""
    return bool(environ.get(SERVER)) and environ.get(CONTAINER_URI) == environ[SERVER]


def asks_shellvault(environ: Mapping[str, str]) -> bool:
    """Return whether programs in this shell ask shellvault, judging by the config file that was put there."""
    mark, _old = recall(environ).get(CONFIG_FILES[0], ("", None))
    return CONFIG_FILE in environ and SERVER not in environ and mark_of(environ.get(CONFIG_FILES[0])) == mark


def chosen_profile(environ: Mapping[str, str]) -> str:
    """Return the profile that programs use by default, or the empty string."""
    return environ.get(CHOICE[0]) or environ.get(CHOICE[1], "")
