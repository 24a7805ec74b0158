"""Evaluates texts in tcsh, elvish, nushell and xonsh, by the line that `shellvault` tells their users to type."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shellvault.shell.dialects import eval_line, find_dialect
from tests.dialects.shell_evaluation import ShellOutcome
from tests.shells.real_shells import parse_environment_bytes, run_shell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Changes = Mapping[str, str | None]

MARK = "shellvault-test-status="
CHECKED = {
    "tcsh": """LINE
printf "MARK%s\\0" $status
env -0""",
    "elvish": """try { LINE; print "MARK0\\x00" } catch e { print "MARK1\\x00" }
env -0""",
    "nu": """try { LINE; print -n "MARK0\\u{0}" } catch { print -n "MARK1\\u{0}" }
^env -0""",
    "xonsh": """try:
    LINE
    print("MARK0", end="\\0", flush=True)
except Exception:
    print("MARK1", end="\\0", flush=True)
env -0""",
}
"""Evaluates, prints whether that succeeded, and then the environment of a child."""

QUICK = {
    "xonsh": """for number in range(COUNT):
    try:
        exec(open(f"FOLDER/text{number}").read())
        print("MARK0", end="\\0", flush=True)
    except Exception:
        print("MARK1", end="\\0", flush=True)
    __import__("subprocess").run(["env", "-0"], env=__xonsh__.env.detype())
"""
}
"""The same for many texts, in a shell that parses its scripts and starts programs slowly."""


def evaluate(
    shell: str, texts: Sequence[bytes], env: Mapping[str, str], folder: Path, before: str = "", *, quick: bool = False
) -> list[ShellOutcome]:
    """Evaluate texts in one shell, one after the other; return its state after each that did not end it."""
    lines = [before]
    for number, text in enumerate(texts):
        file = folder / f"text{number}"
        file.write_bytes(text)
        lines.append(CHECKED[shell].replace("LINE", eval_line(shell, f"cat {file}")))
    if quick and shell in QUICK:
        lines = [QUICK[shell].replace("COUNT", str(len(texts))).replace("FOLDER", str(folder))]
    done = run_shell(shell, "\n".join(lines).replace("MARK", MARK), env)
    outcomes = []
    for block in done.stdout.split(MARK.encode())[1:]:
        status, _zero, printed = block.partition(b"\0")
        environment = parse_environment_bytes(printed)
        environment.pop(b"LAST_EXIT_CODE", None)  # nushell's own
        outcomes.append(ShellOutcome(int(status), environment, done.stderr))
    return outcomes


def apply_changes(
    shell: str,
    changes: Sequence[Changes],
    env: Mapping[str, str],
    folder: Path,
    before: str = "",
    *,
    quick: bool = False,
) -> list[ShellOutcome]:
    """Apply changes in one shell, one after the other; return its state after each."""
    texts = [os.fsencode(find_dialect(shell).render(each)) for each in changes]
    outcomes = evaluate(shell, texts, env, folder, before, quick=quick)
    assert len(outcomes) == len(texts), outcomes[-1].stderr if outcomes else "the shell ended"
    return outcomes
