"""Whether each profile leads to something that gives credentials."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote

from shellvault.awsconfig.document import profile_header
from shellvault.awsconfig.reader import Config, split_header
from shellvault.core.chain.misread_names import meant_name
from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.chain.root_credentials import SOURCES
from shellvault.core.environment import CHOICE
from shellvault.core.errors import LoopError, ShellvaultError
from shellvault.core.text import quote_name, quote_names
from shellvault.doctor.finding import OK, WARN, Finding, from_error
from shellvault.import_sources.plaintext_hint import list_plaintext, name_plaintext
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.settings import Settings

_POINTERS = ("role_arn", "source_profile", "include_profile", "sso_account_id", *SOURCES)
"""Settings of a profile that should lead to credentials; one with only a region need not."""
_SHOWN = 5  # names of profiles in one message
_OF_PROFILES = frozenset({*_POINTERS, "region", "output", "mfa_serial"})


def check_profiles(load_profiles: Callable[[], Profiles], settings: Settings) -> Iterator[Finding]:
    """Resolve every profile's chain; nothing is obtained."""
    try:
        profiles = load_profiles()
    except ShellvaultError as error:
        yield from_error(error)
        yield Finding(WARN, "not checked because of that: profiles, this machine's clock, and how old key pairs are")
        return
    names = profiles.config.names()
    pointing = [name for name in names if _leads_somewhere(name, profiles)]
    faults = dict(_find_faults(pointing, profiles, settings))
    wrong = list(filter(None, faults.values()))
    yield from wrong
    yield from _find_bare(names, pointing, profiles, settings)
    yield from _find_misread_headers(profiles.config)
    yield from _find_repeated_sections(profiles.config)
    if names and not wrong:
        yield Finding(OK, _count(len(pointing), len(names)))
    yield from _find_misnamed(profiles, settings)
    yield from _find_without_region([name for name in pointing if name not in faults], profiles, settings)


def _find_misnamed(profiles: Profiles, settings: Settings) -> Iterator[Finding]:
    """Report a variable that names an unknown profile. Like the AWS CLI, accept profiles of the credentials file."""
    for variable in CHOICE:
        chosen = settings.environ.get(variable)
        if chosen and chosen not in (*profiles.names(), *_list_elsewhere(settings.credentials_file)):
            yield Finding(WARN, f"{variable} names '{chosen}', which is not a profile", f"unset {variable}")


def _find_without_region(names: list[str], profiles: Profiles, settings: Settings) -> Iterator[Finding]:
    """Report profiles without a region, for which the AWS CLI will ask for one unless the environment sets it."""
    found = [] if settings.default_region else [name for name in names if _lacks_region(name, profiles)]
    if found:
        others = f" and {len(found) - _SHOWN} more" if found[_SHOWN:] else ""
        what = f"no region is set for {quote_names(found[:_SHOWN])}{others}, nor in AWS_REGION"
        line = f"region = us-east-1, or another one, under {profile_header(found[0])} in {settings.config_file}"
        yield Finding(OK, f"{what}; the AWS CLI will ask for one. To set it, write {line}")


def _lacks_region(name: str, profiles: Profiles) -> bool:
    try:
        found = profiles.profile(name)
    except ShellvaultError:  # reported above
        return False
    return found is not None and not found.settings.get("region")


def _list_elsewhere(path: str) -> list[str]:
    with suppress(ShellvaultError):  # the check of plaintext reports it
        return Config(read_text(path), path).headers()
    return []


def _count(leading: int, total: int) -> str:
    if leading == total == 1:
        return "the only profile has a source of credentials (it was not tried)"
    has = ["has" if each == 1 else "have" for each in (leading, total - leading)]
    whole = f"all {total}" if leading == total else f"{leading} of {total}"
    others = "" if leading == total else f"; {total - leading} {has[1]} only settings"
    return f"{whole} profiles {has[0]} a source of credentials (none was tried){others}"


def _leads_somewhere(name: str, profiles: Profiles) -> bool:
    """Return whether a profile has a key pair, or a setting that should lead to credentials."""
    return name in profiles.fingerprints or any(key in profiles.section(f"profile {name}") for key in _POINTERS)


def _find_bare(names: list[str], pointing: list[str], profiles: Profiles, settings: Settings) -> Iterator[Finding]:
    """Find profiles that look as `add` and `import` write them, but have no key pair: it may have been removed."""
    plaintext = {item.name for item in list_plaintext(settings)}
    for name in names:
        own = profiles.section(f"profile {name}")
        if name not in {*pointing, *plaintext, "default"} and (not own or "mfa_serial" in own):
            kind = "has an mfa_serial" if own else "is empty"
            message = f"profile '{name}' {kind}, and no key pair is stored for it; was it removed?"
            yield Finding(
                WARN, message, f"shellvault add {quote(name)}, or remove [profile {name}] from the config file"
            )


def _find_misread_headers(config: Config) -> Iterator[Finding]:
    """Find sections that look like profiles, but are not to the AWS CLI and shellvault."""
    for header, settings in config.raw_sections():
        kind, _name = split_header(header)
        kinds = [each for each in ("profile ", "sso-session ", "services ") if header.startswith(each)]
        if kinds and not kind:
            name = quote_name(header.removeprefix(kinds[0]).strip(" \t\"'"))
            message = f"the AWS CLI ignores the section [{header}], whose name is not one word"
            yield Finding(WARN, message, f"quote it in the config file: [{kinds[0]}{name}]")
        elif not kind and header != "DEFAULT" and not _OF_PROFILES.isdisjoint(settings):
            name, message = quote_name(meant_name(header)), f"[{header}] in the config file is not a profile"
            yield Finding(WARN, message, f"if it is meant as one, change its header to [profile {name}]")


def _find_repeated_sections(config: Config) -> Iterator[Finding]:
    """Find headers that are spelled differently and mean the same: programs disagree on which of them counts."""
    spellings: dict[tuple[str, str], list[str]] = {}
    for header in config.headers():
        kind, name = split_header(header)
        if kind:
            spellings.setdefault((kind, name), []).append(header)
    for headers in spellings.values():
        if len(headers) > 1:
            message = f"{' and '.join(f'[{header}]' for header in headers)} are one section; only the last counts"
            yield Finding(WARN, message, "put all of its lines under one header: some SDKs use another one")


def _find_faults(names: list[str], profiles: Profiles, settings: Settings) -> Iterator[tuple[str, Finding | None]]:
    """Yield each profile that does not lead to credentials, with a finding; a loop of profiles gets only one."""
    from_environment, loops = _endpoint_error(profiles), set[frozenset[str]]()  # the clock's check reports the former
    for name in names:
        try:
            resolve(name, profiles, SessionOptions())
        except LoopError as error:
            found = Finding(WARN, f"profile '{name}': {error.message}", error.hint)
            yield name, None if error.cycle in loops else found
            loops.add(error.cycle)
        except ShellvaultError as error:
            is_told = error.message == from_environment
            name_plaintext(error, settings)
            message = error.message if f"'{name}'" in error.message else f"profile '{name}': {error.message}"
            yield name, None if is_told else Finding(WARN, message, error.hint)


def _endpoint_error(profiles: Profiles) -> str:
    """Return what is wrong with the endpoint that the environment names, if anything."""
    try:
        profiles.endpoint(None)
    except ShellvaultError as error:
        return error.message
    return ""
