"""`sso profiles`: shows how the config file will change, asks, writes it, and remembers what was written."""

from __future__ import annotations

from shellvault.core.errors import DeclinedError, NotAskedError, VaultUnavailableError
from shellvault.core.record import Record
from shellvault.core.text import count, quote_names, quote_word, sanitize
from shellvault.storage.written_profiles import WrittenProfile
from shellvault.system.atomic_file import exclusive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.awsconfig.config_editor import ProfileChange
    from shellvault.storage.written_profiles import WrittenProfiles
    from shellvault.ui.user_interface import Ui

_FORCE = "use --force to write without asking"


class PlannedChange(Record):
    """A change of a config file that is not written yet.

    Attributes:
        change: the change.
        config_file: the path of the config file.
        accounts: new profiles, by name: the name of the account.
        removed: the names of the profiles to remove.
        left: the names of the profiles whose role is gone and that the user has to remove; only for `--prune --check`.
        in_step: how things are where nothing changes.
    """

    change: ProfileChange
    config_file: str
    accounts: Mapping[str, str]
    removed: tuple[str, ...]
    left: tuple[str, ...]
    in_step: str

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it should be."""
        return not self.accounts and not self.removed and not self.left

    def diff(self) -> str:
        """Return how many profiles and which lines change, safe for a terminal."""
        if not self.accounts and not self.removed:
            return ""
        lines = [f"{', '.join(self._count())}:", *self.change.diff()]
        return "".join(f"{sanitize(line)}\n" for line in lines)

    def describe(self) -> str:
        """Return what `--check` prints."""
        left = f"{count(len(self.left), 'profile')} to remove yourself: {quote_names(self.left)}" if self.left else ""
        return f"{self.diff()}Out of step: {sanitize(', '.join(filter(None, (*self._count(), left))))}.\n"

    def _count(self) -> list[str]:
        counts = {"to add": len(self.accounts), "to remove": len(self.removed)}
        return [f"{count(number, 'profile')} {what}" for what, number in counts.items() if number]


def write_change(planned: PlannedChange, written: WrittenProfiles, ui: Ui, *, force: bool) -> str:
    """Show a change, ask, write it, and return what was done.

    With `force` and if the file has changed since it was compared, do nothing and return the empty string.

    Raises:
        ShellvaultError: the user said no, could not be asked, or the file could not be written; it is as it was.
    """
    if not force:
        ui.terminal.write(planned.diff())
        _confirm(_ask(planned), ui)
    with exclusive(planned.config_file, ui.notice):
        if force and not planned.change.is_current:
            return ""
        ui.terminal.write(planned.diff() if force else "")
        planned.change.write()
        _remember(planned, written, ui)
    return _report(planned)


def _ask(planned: PlannedChange) -> str:
    added, removed, file = count(len(planned.accounts), "profile"), len(planned.removed), planned.config_file
    if not removed:
        return f"Add {added} to {file}?"
    if not planned.accounts:
        return f"Remove {count(removed, 'profile')} from {file}?"
    return f"Add {added} to {file} and remove {removed}?"


def _confirm(question: str, ui: Ui) -> None:
    if not ui.may_ask:
        raise NotAskedError("prompting is disabled (--no-input), so nothing was written", _FORCE)
    if not ui.confirm(question, otherwise=_FORCE):
        raise DeclinedError("nothing was written")


def _remember(planned: PlannedChange, written: WrittenProfiles, ui: Ui) -> None:
    fingerprints = planned.change.fingerprints(planned.accounts)
    added = {name: WrittenProfile(fingerprints[name], account) for name, account in planned.accounts.items()}
    try:
        aside = written.update(added, planned.removed)
    except VaultUnavailableError as error:
        ui.notice(f"{error.message}, so --prune will not remove these profiles")
        return
    if aside:
        ui.notice(f"a new record was begun, and the one that cannot be read was kept: {aside}")


def _report(planned: PlannedChange) -> str:
    removed = f"Removed {count(len(planned.removed), 'profile')} from {planned.config_file}.\n"
    if not planned.accounts:
        return removed
    first = quote_word(next(iter(planned.accounts)))
    wrote = f"Wrote {count(len(planned.accounts), 'profile')} to {planned.config_file}."
    return f'{removed if planned.removed else ""}{wrote} To use the first: eval "$(shellvault env {first})"\n'
