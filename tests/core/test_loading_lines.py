"""A line that loads the hook is told from one that only mentions it."""

from __future__ import annotations

import pytest

from shellvault.doctor.loading_lines import loads_hook

LOADING = (
    'eval "$(shellvault hook bash)"',
    "eval $(shellvault hook zsh)",
    'eval "`shellvault hook bash`"',
    "source <(shellvault hook bash)",
    ". <(/usr/local/bin/shellvault hook bash)",
    'eval "$("$HOME/.local/bin/shellvault" hook bash)"',
    'command -v shellvault >/dev/null && eval "$(shellvault hook bash)"  # and the prompt',
    'if [ -n "$PS1" ]; then eval "$(shellvault hook bash)"; fi',
    'FORCE=1 eval "$(shellvault hook bash)"',
    "shellvault hook fish | source",
    "type -q shellvault; and shellvault hook fish | source",
    "eval (shellvault hook elvish | slurp)",
    "execx($(shellvault hook xonsh))",
    "Invoke-Expression (& shellvault hook pwsh | Out-String)",
    "_evalcache shellvault hook zsh",
    "source ~/.config/nushell/shellvault.nu",
    """echo "don't" && eval "$(shellvault hook bash)\"""",
)
MENTIONING = (
    'alias h="echo use shellvault hook bash"',
    "alias h='eval \"$(shellvault hook bash)\"'",
    "abbr -a h 'shellvault hook fish | source'",
    "# shellvault hook bash",
    '  # eval "$(shellvault hook bash)"',
    ': # eval "$(shellvault hook bash)"',
    'echo "type; shellvault hook bash"',
    "[ -t 1 ] && printf 'eval \"$(shellvault hook bash)\"'",
    "HINT='eval \"$(shellvault hook bash)\"'",
    "export HINT='shellvault hook bash'",
    'h() { eval "$(shellvault hook bash)"; }',
    "function h { shellvault hook bash; }",
    "shellvault env dev",
    "",
    "\\",
)


@pytest.mark.parametrize("line", LOADING)
def test_a_line_that_evaluates_it_counts(line: str) -> None:
    """In any shell's spelling, also behind a condition."""
    assert loads_hook(line)


@pytest.mark.parametrize("line", MENTIONING)
def test_a_line_that_mentions_it_does_not(line: str) -> None:
    """Comments, aliases, messages, variables and functions: nothing runs when the file is read."""
    assert not loads_hook(line)
