"""What is left over from earlier: cached sessions of roles without a profile, and what earlier runs could not do."""

from __future__ import annotations

from shellvault.core.chain.links import AssumeRole
from shellvault.core.errors import AwsRefusedError
from shellvault.core.revocation.panic_plan import Stray
from shellvault.core.revocation.panic_steps import Outcome
from shellvault.core.revocation.principals import (
    explain_console,
    explain_keys,
    is_protected,
    is_reserved,
    read_principal,
)
from shellvault.core.revocation.signing_links import explain_identity_center

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shellvault.core.revocation.panic_plan import PanicPlan
    from shellvault.storage.opener import Storage
    from shellvault.storage.panic_file import PanicFile

_GONE = "an earlier run could not do it, and the key pair is no longer stored"


def find_strays(storage: Storage, records: PanicFile) -> list[Stray]:
    """Return the roles that earlier runs left open, and those of cached sessions.

    Profiles may lead to some of them, but a profile may have had another role when its session began.
    """
    entries = storage.index.entries()
    prints = {entry.name: entry.fingerprint for entry in entries if entry.backend == storage.backend_name}
    notes = [note for note in storage.session_cache().notes() if note.kind == AssumeRole.kind and note.key_name]
    cached = [Stray(note.profile, note.role_arn, prints.get(note.key_name, "")) for note in notes if note.role_arn]
    return [*records.open_roles(), *cached]


def list_gone(records: PanicFile, stored: Collection[str], names: Collection[str] | None) -> Iterator[Outcome]:
    """Yield what earlier runs left undone of key pairs that are no longer stored; see `PanicFile.list_gone`."""
    keys, users = records.list_gone(stored, names)
    for key in keys:
        yield Outcome(f"{key.title}: deactivation", AwsRefusedError(_GONE), explain_keys(key.user, key.key_id))
    for user in users:
        yield Outcome(f"{user.title}: older sessions", AwsRefusedError(_GONE), explain_console(user), user)


def list_unreached(plan: PanicPlan, strays: Iterable[Stray]) -> Iterator[Outcome]:
    """Yield the roles missing from the plan because no stored key pair leads to them any more."""
    planned, error = {role.principal for role in plan.roles}, AwsRefusedError("no stored key pair leads to it")
    for principal in dict.fromkeys(read_principal(each.arn) for each in strays if not is_protected(each.arn)):
        if principal and principal not in planned:
            yield Outcome(f"{principal.title}: older sessions", error, explain_console(principal), principal)


def refuse_reserved(strays: Iterable[Stray]) -> Iterator[Outcome]:
    """Yield the roles without a profile that only AWS may modify."""
    principals = dict.fromkeys(map(read_principal, [each.arn for each in strays]))
    for place in [each.place for each in principals if each and is_reserved(each.name)]:
        error = AwsRefusedError("it belongs to IAM Identity Center")
        yield Outcome(f"role {place}", error, explain_identity_center(""))
