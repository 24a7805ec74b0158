"""The measured commands, in a sandbox with a cached session."""

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


class BenchmarkCase(Record):
    """A command to time; `target` is its limit in interpreter startups, or None if there is none."""

    title: str
    line: str
    target: float | None = None
    before: Callable[[], None] = lambda: None


def prepare_cases(sandbox: Sandbox) -> tuple[BenchmarkCase, ...]:
    """Prepare the sandbox and return the cases, the baseline first; each needs one run before it is measured."""
    sandbox.add("base", sandbox.aws.world.user().access_key(), "--no-config")
    sandbox.configure(_PROFILE)
    large = _write_large_config(sandbox.home / "large-config")
    return (
        BenchmarkCase("the interpreter alone", FLOOR),
        BenchmarkCase("env, warm", "shellvault env base --shell bash", 1.6),
        BenchmarkCase("env, warm, detected shell", "shellvault env base", 1.6),
        BenchmarkCase(f"env, warm, {MANY:,} profiles", f"AWS_CONFIG_FILE={large} shellvault env base --shell bash"),
        BenchmarkCase("list", "shellvault list"),
        BenchmarkCase("env, cold", "shellvault env base --shell bash", 17, lambda: clear_sessions(sandbox)),
    )


def clear_sessions(sandbox: Sandbox) -> None:
    """Empty the session cache, leaving the vault unlocked."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in kernel.entries(SESSION):
        kernel.remove(SESSION, entry.identity)


def _write_large_config(path: Path) -> Path:
    others = (
        f"[profile p{number}]\nrole_arn = arn:aws:iam::111122223333:role/r{number}\nsource_profile = base\n"
        for number in range(MANY)
    )
    path.write_text("\n".join([*others, _PROFILE]))
    return path
