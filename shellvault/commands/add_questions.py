"""What `add` asks: whether to replace a key pair, for the new one, and for the region."""

from __future__ import annotations

from contextlib import suppress

from shellvault.aws.region_names import explain_region, has_form
from shellvault.core.errors import DeclinedError, NoKeyPairError, NotAskedError, UsageError, WrongAnswerError
from shellvault.core.option_values import check_region
from shellvault.core.text import last4
from shellvault.ui.user_interface import TRIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.model import KeyPair
    from shellvault.request import Ask
    from shellvault.storage.index import IndexEntry
    from shellvault.storage.key_pairs import KeyPairStore
    from shellvault.ui.user_interface import Ui

_OTHERWISE = "run it in a terminal; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and add --env"


def confirm_replacement(old: IndexEntry, ui: Ui) -> None:
    """Ask whether to replace a key pair.

    Raises:
        DeclinedError: the user wants to keep it.
        UsageError: nobody could be asked.
    """
    try:
        agreed = ui.confirm(f"Replace {last4(old.last4)}, stored as '{old.name}'?")
    except NotAskedError:
        raise _need_force(old) from None
    if not agreed:
        raise DeclinedError(f"the key pair of '{old.name}' was kept")


def refuse_replacement(old: IndexEntry, pair: KeyPair, stored: KeyPairStore) -> None:
    """Refuse to replace a key pair with a different one; open the vault only if their ids are the same.

    Raises:
        UsageError: the new one is different.
    """
    if old.fingerprint != pair.fingerprint:
        raise _need_force(old)
    with suppress(NoKeyPairError):  # only the index has it
        if stored.current(old.name) != pair:
            raise _need_force(old)


def ask_key_pair(ui: Ui, name: str, *, force: bool) -> KeyPair:
    """Ask for a key pair, up to three times: a secret that comes late must not reach the shell.

    Raises:
        NotAskedError: nobody could be asked.
        UsageError: the input is not a key pair.
    """
    from shellvault.commands.add_pasted import read_key_pair

    def talk(ask: Ask) -> KeyPair:
        for _ in range(TRIES - 1):
            try:
                return read_key_pair(ask, name, force=force)
            except UsageError as error:
                ui.terminal.discard_input()
                ui.notice(f"{error.message}; try again")
        return read_key_pair(ask, name, force=force)

    try:
        return ui.converse_hidden(talk)
    except NotAskedError as error:
        raise NotAskedError(error.message, _OTHERWISE) from error


def ask_region(ui: Ui, name: str) -> dict[str, str]:
    """Ask for a profile's region and return it as a setting, or nothing if the user names none.

    One that may be new is believed when it is typed again.
    """
    doubted = ""

    def attempt() -> str:
        nonlocal doubted
        region = ui.ask(f"Region for {name}, such as eu-west-1 (Enter for none): ").strip()
        before, doubted = doubted, region
        _require_region(region, is_sure=region == before)
        return region

    return {"region": region} if (region := ui.retry(attempt)) else {}


def _require_region(region: str, *, is_sure: bool) -> None:
    try:
        check_region(region, "Region")
    except UsageError as error:
        raise WrongAnswerError(error.message, error.hint) from None
    fault = explain_region(region)
    if fault and not (is_sure and has_form(region)):
        again = "; the same answer again keeps it" if has_form(region) else ""
        raise WrongAnswerError(f"{fault}{again}", "press Enter for none, and write it into the config file later")


def _need_force(old: IndexEntry) -> UsageError:
    return UsageError(
        f"another key pair, {last4(old.last4)}, is stored as '{old.name}'",
        "--force replaces it; or choose another name",
    )
