"""`sso profiles --prune`: which of the profiles whose role is gone may be removed, and why the others stay."""

from __future__ import annotations

from shellvault.awsconfig.document import name_profile
from shellvault.awsconfig.written_sections import find_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.awsconfig.written_sections import Section
    from shellvault.commands.sso_patterns import RoleProfile
    from shellvault.storage.written_profiles import WrittenProfile

_REFERENCES = ("source_profile", "include_profile")
_FOREIGN = "it was written by hand or on another machine"
_UNRECORDED = "the record of what sso profiles wrote cannot be read"
_DEFAULTS = "DEFAULT"  # its settings are below those of every other section


class Pruning:
    """Decides about the profiles of one config file.

    Args:
        text: the file's content.
        written: what was written into it, by name.
        profiles: the profiles in it, and the stored key pairs.
        has_record: whether it is known what was written.
    """

    def __init__(
        self, text: str, written: Mapping[str, WrittenProfile], profiles: Profiles, *, has_record: bool = True
    ) -> None:
        self._sections: Mapping[str, Section] = find_sections(text)
        self._written = written
        self._profiles = profiles
        self._references = _find_references(profiles)
        self._unknown = _FOREIGN if has_record else _UNRECORDED

    def select(
        self, gone: Sequence[RoleProfile], notice: Callable[[str], None], *, is_wanted: bool, is_check: bool
    ) -> dict[str, str]:
        """Return the profiles to remove, by name, with their fingerprints; tell the user about those that stay."""
        removed = {}
        for profile in gone:
            reason = self._explain(profile.name)
            if is_wanted and not reason:
                removed[profile.name] = self._written[profile.name].fingerprint
                continue
            notice(f"{_describe(profile)}; {_advise(reason, is_wanted=is_wanted, is_check=is_check)}")
        return removed

    def _explain(self, name: str) -> str:
        """Return why a profile must stay, or the empty string."""
        if name not in self._written:
            return self._unknown
        if name not in self._sections or self._sections[name].fingerprint != self._written[name].fingerprint:
            return "somebody has changed it since"
        if name in self._references:
            return self._references[name]
        return "a key pair is stored under its name" if name in self._profiles.fingerprints else ""


def _describe(profile: RoleProfile) -> str:
    role = f"the role {profile.role_name} in {profile.account_id}"
    return f"profile '{profile.name}' has {role}, which is not assigned to you"


def _advise(reason: str, *, is_wanted: bool, is_check: bool) -> str:
    if not is_wanted:
        return "it was kept" if reason else "it was kept (--prune removes it)"
    return f"remove it yourself: {reason}" if is_check else f"it was kept, because {reason}"


def _find_references(profiles: Profiles) -> dict[str, str]:
    """Return each profile that another section refers to, and say where."""
    found = {}
    for header, settings in profiles.config.raw_sections():
        name = name_profile(header)
        for key in _REFERENCES:
            if settings.get(key) and (name or header == _DEFAULTS):
                own = f"profile '{name}' names it as its {key}"
                found[settings[key]] = own if name else f"[{header}] names it as the {key} of every profile"
    return found
