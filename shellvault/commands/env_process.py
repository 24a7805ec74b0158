"""Makes programs in a shell ask shellvault themselves, through a generated config file that follows the user's own.

This keeps secrets out of the environment and DIRENV_DIFF, and every profile of the user's works.
"""

from __future__ import annotations

from contextlib import suppress

from shellvault.commands.env_generated import (
    find_generated,
    find_kind,
    find_process_config,
    set_time,
    write_empty_credentials,
)
from shellvault.core.environment import CONFIG_FILE, SERVER
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.process_environment import enter_process
from shellvault.core.record import FromVariable
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.shell_memory import Changes
    from shellvault.settings import Settings

    Notice = Callable[[str], None]


def enter(name: str, environ: Mapping[str, str], settings: Settings, profiles: Profiles, notice: Notice) -> Changes:
    """Return the changes that make programs ask shellvault, and use the profile `name` by default if one is given.

    This obtains no session yet.

    Raises:
        UsageError: the name is that of a role without a profile.
        ShellvaultError: the generated config file cannot be written, or the user's file is a pipe.
    """
    choice = settings.choice
    if name and choice and choice.role and choice.role.name == name:
        raise UsageError(f"--process is for profiles of the config file, and '{name}' is none", "use --server instead")
    if choice and choice.scope:
        raise UsageError("--process narrows no session: programs ask for whole profiles", "use --server instead")
    generated = find_process_config(settings, profiles)
    asking = generated.prepare()
    credentials = _hide_plaintext(asking, settings, notice)
    return enter_process(environ, name, (generated.path, credentials), generated.own, settings.region)


def enter_again(
    environ: Mapping[str, str],
    changes: Changes,
    settings: Settings,
    load_profiles: Callable[[str], Profiles],
    notice: Notice,
) -> Changes:
    """Return the changes that take a session out, and have programs ask for every profile as before it.

    Where that is impossible, they only take it out.
    """
    if "DIRENV_DIFF" in environ or any(isinstance(value, FromVariable) for value in changes.values()):
        return changes  # the folder says what holds, or the user's own keys come back
    after = {name: value for name, value in {**environ, **changes}.items() if value is not None}
    try:
        return {**changes, **enter("", after, settings, load_profiles(""), notice)}
    except ShellvaultError as error:
        notice(f"{error.message}; programs in this shell do not ask shellvault any more")
        return changes


def refresh(environ: Mapping[str, str], settings: Settings, load_profiles: Callable[[], Profiles]) -> None:
    """Regenerate this shell's config file if it is out of date.

    Raises:
        UsageError: programs in this shell do not ask shellvault.
        ShellvaultError: it cannot be regenerated; it stays as it was.
    """
    if CONFIG_FILE not in environ:
        raise UsageError("programs in this shell do not ask shellvault", "shellvault env --process")
    asks, only = find_kind(environ, settings) or (SERVER not in environ, "")
    try:
        find_process_config(settings, load_profiles(), default_asks=asks, only=only).renew()
    finally:
        set_time(find_generated(settings, default_asks=asks, only=only), settings.config_file)  # after a failure, too


def keep_current(
    environ: Mapping[str, str], settings: Settings, profiles: Profiles, check: Callable[[str], Profiles]
) -> None:
    """Regenerate the config file if it is the one in use and out of date; ignore a failure for now.

    `check` raises if its new endpoints are not trusted.
    """
    if (kind := find_kind(environ, settings)) is None:
        return
    generated = find_process_config(settings, profiles, default_asks=kind[0], only=kind[1])
    if generated.is_current:
        return
    with suppress(ShellvaultError):
        check("")
        generated.make(generated.asking())


def _hide_plaintext(asking: Iterable[str], settings: Settings, notice: Notice) -> str:
    """Return the path of an empty credentials file if all credentials in the user's file would replace sessions.

    If that would also hide credentials of other profiles, warn the user instead, and return the empty string.
    """
    from shellvault.awsconfig.process_config import describe_override, find_overrides

    file = settings.credentials_file
    overrides = find_overrides(read_text(file), file)
    shadowing = sorted(overrides.keys() & set(asking))
    if shadowing and len(shadowing) == len(overrides):
        return write_empty_credentials(settings)
    for name in shadowing:
        what, fix = describe_override(name, overrides[name], file)
        notice(f"{what} and do not ask: {fix}")
    return ""
