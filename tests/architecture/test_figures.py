"""The figures of the code's shape stay within their limits; `python -m tests.architecture.figures` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.architecture import figures

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def test_the_code_keeps_its_shape() -> None:
    """Small functions and files, one name for one thing, and no knowledge of a kind outside its table."""
    over = [figure for figure in figures.static_figures() if figure.value > figure.limit]
    assert over == []


def test_a_warm_env_takes_a_short_way(sandbox: Sandbox) -> None:
    """Few functions, few changes of file, and each profile is parsed once."""
    over = [figure for figure in figures.warm_figures(sandbox) if figure.value > figure.limit]
    assert over == []
