"""After any sequence of entering, leaving, `use`, `off` and renewals, prompt, `status` and AWS name one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.direnv.visit_sequences import Walk, find_fault, make_walks, prepare
from tests.hook.live_shell import SHELLS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

LENGTH = 18


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("number", [0, 1], ids=["library", "plain"])
def test_random_walk_leaves_no_mixed_session(sandbox: Sandbox, name: str, number: int) -> None:
    """With both forms of .envrc; `python -m tests.direnv.visit_sequences` takes longer walks."""
    walk = list(make_walks(1, LENGTH, seed=11, shells=[name]))[number]
    prepare(sandbox, walk.form)
    assert find_fault(sandbox, walk) == ""


@pytest.mark.parametrize("name", SHELLS)
def test_off_inside_and_leaving_restores_the_outer_session(sandbox: Sandbox, name: str) -> None:
    """Its region is restored too, although direnv has not recorded it, as it is the same inside."""
    _walk(sandbox, name, "use reader", "cd blue", "off", "cd ~", "off")


@pytest.mark.parametrize("name", SHELLS)
def test_session_entered_where_a_folder_sets_only_the_region_keeps_its_own_outside(sandbox: Sandbox, name: str) -> None:
    """The session stays on leaving, with its region; `off` then brings back the region from outside."""
    _walk(sandbox, name, "cd green", "use writer", "cd ~", "cd green", "renew", "use reader", "cd ~", "off")


@pytest.mark.parametrize("name", SHELLS)
def test_off_where_a_folder_sets_only_the_region_leaves_no_region_outside(sandbox: Sandbox, name: str) -> None:
    """Inside, the folder's own region stays."""
    _walk(sandbox, name, "use writer", "cd green", "off", "cd ~", AWS_REGION="eu-north-1")


def _walk(sandbox: Sandbox, name: str, *steps: str, **start: str) -> None:
    walk = Walk(name, "the hook before direnv", "use shellvault {}", start, steps)
    prepare(sandbox, walk.form)
    assert find_fault(sandbox, walk) == ""
