"""`sso profiles`: plans what changes in the config file, as it is at that moment."""

from __future__ import annotations

from shellvault.awsconfig.config_editor import ProfileChange
from shellvault.awsconfig.reader import Config
from shellvault.commands.sso_assignments import describe_count
from shellvault.commands.sso_profiles import compare_profiles
from shellvault.commands.sso_prune import Pruning
from shellvault.commands.sso_writing import PlannedChange
from shellvault.system.atomic_file import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.sso_assignments import SsoDirectory
    from shellvault.commands.sso_profiles import Comparison, Notice, Wanted
    from shellvault.storage.written_profiles import WrittenProfiles


class Planner:
    """Compares a config file with the roles, as often as the file changes.

    Args:
        directories: the sign-ins, with their roles.
        config_file: the path of the config file.
        written: which profiles were written into it.
        wanted: what is wanted of the profiles.
        notice: tells the user something.
    """

    def __init__(
        self,
        directories: Sequence[SsoDirectory],
        config_file: str,
        written: WrittenProfiles,
        wanted: Wanted,
        notice: Notice,
    ) -> None:
        self._directories = directories
        self._config_file = config_file
        self._written = written
        self._wanted = wanted
        self._notice = notice

    def plan(self, profiles: Profiles) -> PlannedChange:
        """Return what changes; of `profiles`, only the key pairs count.

        Raises:
            ShellvaultError: the file cannot be read or changed, or nothing matches the patterns.
        """
        text, entries, wanted = read_text(self._config_file), self._written.entries(), self._wanted
        profiles = profiles.with_config(Config(text, self._config_file))
        accounts = {name: each.account_name for name, each in entries.items()}
        found = compare_profiles(self._directories, profiles, wanted, accounts, self._notice)
        pruning = Pruning(text, entries, profiles, has_record=not self._written.describe_problem()[0])
        removed = pruning.select(found.gone, self._notice, is_wanted=wanted.prunes, is_check=wanted.checks)
        counts = wanted.prunes and wanted.checks
        return PlannedChange(
            ProfileChange(self._config_file, found.missing, removed, text),
            self._config_file,
            found.accounts,
            tuple(removed),
            tuple(each.name for each in found.gone if counts and each.name not in removed),
            self._describe_step(found),
        )

    def _describe_step(self, found: Comparison) -> str:
        if found.assigned:
            return f"{describe_count(found.assigned)}, each with a profile already"
        selected = f" that --only '{self._wanted.patterns.text}' selects" if self._wanted.patterns.text else ""
        return f"no role{selected} is assigned to you"
