"""The commands that are timed with and without an agent, and their targets, in multiples of an empty Python's time."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from shellvault.system.own_program import find_quick_program
from tests.bench.measurement import FLOOR, WITH, WITHOUT, Case, do_nothing
from tests.bench.stage import REFUSED, REFUSED_WITH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.stage import Stage

MANY = 10_000
_HOOK = shlex.join(find_quick_program())
_ENV = "env base --shell bash"
_COLD = "AWS_ENDPOINT_URL= shellvault env {} --shell bash"  # the profile's own endpoint


def prepare_cases(stage: Stage) -> tuple[Case, ...]:
    """Return the cases, starting with the floors; each must be run once before it is measured."""
    large = _write_large_config(stage.sandbox.home / "large-config")
    return (
        Case("an empty Python", WITHOUT, FLOOR),
        Case("an empty Python, kernel keyring refused", WITHOUT, FLOOR, None, REFUSED),
        *_pair("env, console script", f"shellvault {_ENV}", 1.15, 1.45),
        *_pair("env, as the hook runs it", f"{_HOOK} {_ENV}", 1.05, 1.4),
        *_pair("env, console script, nothing logged", f"SHELLVAULT_LOG=off shellvault {_ENV}", None, None),
        *_pair("env, the shell detected", "shellvault env base", None, None),
        *_pair("env, a config of 10,000 profiles", f"AWS_CONFIG_FILE={large} shellvault {_ENV}", None, None),
        Case("env, kernel keyring refused", WITH, f"shellvault {_ENV}", 1.15, REFUSED_WITH),
        Case("env, kernel keyring refused", WITHOUT, f"shellvault {_ENV}", None, REFUSED),
        *_pair("list", "shellvault list", 1.15, 1.4),
        *_pair("exec -- true", "shellvault exec base -- true", 1.15, 1.6),
        *_pair("status", "shellvault status", 1.15, 1.6),
        Case("hook bash", WITHOUT, "shellvault hook bash", 1.1),
        *_pair("env, cold, connection kept", _COLD.format("kept"), 1.6, None, stage.clear_sessions),
        *_pair("env, cold, new connection", _COLD.format("closed"), 2.2, 17, stage.clear_sessions),
    )


def _pair(
    title: str, line: str, with_agent: float | None, without: float | None, before: Callable[[], None] = do_nothing
) -> tuple[Case, Case]:
    return (
        Case(title, WITH, line, with_agent, WITH, before),
        Case(title, WITHOUT, line, without, WITHOUT, before),
    )


def _write_large_config(path: Path) -> Path:
    others = (
        f"[profile p{number}]\nrole_arn = arn:aws:iam::111122223333:role/r{number}\nsource_profile = base\n"
        for number in range(MANY)
    )
    path.write_text("".join([*others, "[profile base]\nregion = eu-west-1\n"]))
    return path
