"""What is measured: lines that a person types, in a sandbox with a session in its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

FLOOR = "python -c pass"
MANY = 10_000
_PROFILE = "[profile base]\nregion = eu-west-1\n"


class Case(Record):
    """One line to time. `target` is what it may cost, in starts of the interpreter; None: only to be known."""

    title: str
    line: str
    target: float | None = None
    before: Callable[[], None] = lambda: None


def cases(sandbox: Sandbox) -> tuple[Case, ...]:
    """Furnish a sandbox and return the cases, the floor first; each needs one run before it is measured."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.configure(_PROFILE)
    large = _large_config(sandbox.home / "large-config")
    return (
        Case("the interpreter alone", FLOOR),
        Case("env, warm", "shellvault env base --shell bash", 1.6),
        Case("env, warm, the shell found by itself", "shellvault env base", 1.6),
        Case(f"env, warm, {MANY:,} profiles", f"AWS_CONFIG_FILE={large} shellvault env base --shell bash"),
        Case("list", "shellvault list"),
        Case("env, cold", "shellvault env base --shell bash", 17, lambda: forget_sessions(sandbox)),
    )


def forget_sessions(sandbox: Sandbox) -> None:
    """Empty the session cache, and leave the vault unlocked."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in kernel.entries():
        if entry.kind == SESSION:
            kernel.unlink(entry.key_id)


def _large_config(path: Path) -> Path:
    others = (
        f"[profile p{number}]\nrole_arn = arn:aws:iam::111122223333:role/r{number}\nsource_profile = base\n"
        for number in range(MANY)
    )
    path.write_text("\n".join([*others, _PROFILE]))
    return path
