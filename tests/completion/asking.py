"""Asks shellvault what may come at the cursor, as a shell does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


def ask(sandbox: Sandbox, *words: str, **extra: str) -> list[str]:
    """Return the lines of the answer for fish to these words after `shellvault`; the last one is at the cursor."""
    return ask_shell(sandbox, "fish", *words, **extra)


def ask_shell(sandbox: Sandbox, *words: str, **extra: str) -> list[str]:
    """Return the lines of the answer to a question of a shell, the first of these words."""
    done = sandbox.run("__complete", *words, **extra)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def offer(sandbox: Sandbox, *words: str, **extra: str) -> list[str]:
    """Return the words that are offered, without their descriptions."""
    first, *rest = ask(sandbox, *words, **extra)
    assert first == "words"
    return [line.partition("\t")[0] for line in rest]
