"""Loading and removing the hooks of elvish, nushell and xonsh, what they leave alone, and what they cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shellvault.shell.hook_files import FILES, LOADING_FILES, loading_line
from tests.hook.hooked_other_shell import (
    OTHERS,
    REMOVE,
    SET_PROMPT,
    change,
    get_expiry,
    get_variable,
    load_again,
    print_hook_line,
    start_other_shell,
    use,
    wait_for_session_after,
)
from tests.hook.live_shell import SHORT, add_short_profile
from tests.hook.session_states import drop_sessions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hook.other_shell import OtherShell
    from tests.sandbox import Sandbox

EACH = pytest.mark.parametrize("name", OTHERS)
CALLS = "clone,clone3,fork,vfork,execve,execveat"
PROMPTS = 12
COUNTING = {
    "elvish": "var n = (num 0); set edit:before-readline = [{ set n = (+ $n 1); set E:COUNTED = (to-string $n) }]",
    "nu": "$env.config.hooks.pre_prompt = [{|| $env.COUNTED = ($env.COUNTED? | default 0) + 1 }]",
    "xonsh": "def count(**_d): @.env.update(COUNTED=str(int(@.env.get('COUNTED', 0)) + 1))\n"
    "events.on_pre_prompt_format(count)",
}
"""A hook of the user's own, which counts prompts."""
PRINT_HOOKS = {
    "elvish": "echo (count $edit:before-readline) (count $edit:after-readline)",
    "nu": "print ($env.config.hooks.pre_prompt | length) ($env.config.hooks.pre_execution | length) "
    "(view source $env.PROMPT_COMMAND)",
    "xonsh": "print(len(events.on_pre_prompt_format), len(events.on_precommand))",
}


@EACH
def test_prompt_and_hooks_of_the_user_stay(sandbox: Sandbox, name: str) -> None:
    """The segment is shown before the prompt, even one that is set later; the user's hooks run once per prompt."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name, COUNTING[name]) as shell:
        use(shell, SHORT)
        assert re.fullmatch(r"\[short \w+\] READY>", shell.prompt)
        counted = int(get_variable(shell, "COUNTED"))
        assert int(get_variable(shell, "COUNTED")) == counted + 1
        shell.run(SET_PROMPT[name] % "new READY> ")
        shell.run("echo")
        assert re.fullmatch(r"\[short \w+\] new READY>", shell.prompt)


@EACH
def test_prompt_that_is_made_of_ours_shows_one_segment(sandbox: Sandbox, name: str) -> None:
    """A theme may wrap the prompt that it finds."""
    add_short_profile(sandbox, 3600)
    around = {
        "elvish": "var old = $edit:prompt; set edit:prompt = { put 'around '; $old }",
        "nu": "let old = $env.PROMPT_COMMAND; $env.PROMPT_COMMAND = {|| $'around (do $old)' }",
        "xonsh": "$PROMPT = 'around ' + $PROMPT",
    }
    with start_other_shell(sandbox, name) as shell:
        use(shell, SHORT)
        shell.run(around[name])
        shell.run("echo")
        assert shell.prompt.count("[short") == 1
        assert "around" in shell.prompt


@EACH
def test_loading_twice_has_no_effect(sandbox: Sandbox, name: str) -> None:
    """There is still one segment, one hook before prompts and one before commands."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name) as shell:
        use(shell, SHORT)
        once = shell.run(PRINT_HOOKS[name])
        for _ in range(2):
            load_again(shell)
        assert shell.run(PRINT_HOOKS[name]) == once
        assert shell.prompt.count("[short") == 1
        assert shell.run("shellvault off") == ""
        assert shell.segment is None


@EACH
def test_removal_restores_the_shell(sandbox: Sandbox, name: str) -> None:
    """The prompt, hooks and variables are as before, `shellvault` is the program again, and the session stays."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name, COUNTING[name], load="") as shell:
        before = shell.run(PRINT_HOOKS[name])
        load_again(shell)
        until = use(shell, SHORT)
        shell.run(REMOVE[name])
        shell.run("echo")
        assert shell.prompt == "READY>"
        assert shell.run(PRINT_HOOKS[name]) == before
        assert get_variable(shell, "SHELLVAULT_SEGMENT") + get_variable(shell, "SHELLVAULT_STATE") == ""
        assert "need the hook in this shell" in shell.run("shellvault use short")
        assert get_expiry(shell) == until


@EACH
def test_removing_an_absent_hook_does_nothing(sandbox: Sandbox, name: str) -> None:
    """In nushell, which can evaluate nothing, the program says what to type instead."""
    with start_other_shell(sandbox, name, load="") as shell:
        if name == "nu":
            assert "hint: type: __shellvault_remove; hide shellvault" in shell.run("shellvault hook nushell --remove")
        else:
            assert shell.run(REMOVE[name]) == ""


@EACH
def test_hook_is_loaded_by_the_line_that_is_documented(sandbox: Sandbox, name: str) -> None:
    """In nushell it is typed once, and later shells have the hook; the hint of `use` names the line, too."""
    add_short_profile(sandbox, 3600)
    with start_other_shell(sandbox, name, load="") as shell:
        hint = shell.run("shellvault use short")
        assert f"hint: {loading_line(name)}, then the same command" in hint
        if name == "nu":
            assert shell.run(loading_line(name)) == ""
    with start_other_shell(sandbox, name, load=print_hook_line(name)) as shell:
        use(shell, SHORT)
        assert shell.segment is not None
        assert "'-I'" in get_program(shell) or '"-I"' in get_program(shell)


@EACH
def test_doctor_knows_whether_the_hook_is_loaded(sandbox: Sandbox, name: str) -> None:
    """It reads the files that could load it, and suggests the documented line."""
    with start_other_shell(sandbox, name, load="") as shell:
        assert "does not load the hook" in (told := shell.run("shellvault doctor"))
        assert f"shellvault hook {'nushell' if name == 'nu' else name}" in told
        file = sandbox.home / LOADING_FILES.get(name, "~/.config/nushell/autoload/shellvault.nu").removeprefix("~/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sandbox.run("hook", "nu").stdout if name == "nu" else loading_line(name))
        assert f"loads the hook for {'nushell' if name == 'nu' else name}" in shell.run("shellvault doctor")


@EACH
def test_prompts_start_no_process(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Empty lines and builtins are typed, without a session and with a fresh one."""
    add_short_profile(sandbox, 3600)
    log = tmp_path / "calls"
    with start_other_shell(sandbox, name, wrapper=_strace(log)) as shell:
        idle = _count_calls(shell, log)
        use(shell, SHORT)
        fresh = _count_calls(shell, log)
        assert get_variable(shell, "SHELLVAULT_STATE") == "fresh"
        start = log.stat().st_size
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
    assert (idle, fresh) == (0, 0)
    assert "--refresh" in log.read_text()[start:], "a renewal is traced, so the zeros mean something"


@EACH
def test_secrets_are_in_no_argument(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Neither `use`, a background renewal, `off` nor the prompts start a process with a secret on its command line."""
    add_short_profile(sandbox, 3600)
    log = tmp_path / "calls"
    with start_other_shell(sandbox, name, wrapper=_strace(log)) as shell:
        until = use(shell, SHORT)
        secrets = [get_variable(shell, variable) for variable in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
        drop_sessions(sandbox)
        change(sandbox, shell, SHELLVAULT_REFRESH_AT="1000000000")
        wait_for_session_after(shell, until)
        secrets += [get_variable(shell, variable) for variable in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
        shell.run("shellvault off")
    assert len({*secrets}) == 4
    assert "--refresh" in log.read_text()
    assert not [secret for secret in secrets if secret in log.read_text()]


def test_every_hook_has_a_loading_line_and_a_file() -> None:
    """The line for nushell writes the file itself."""
    assert {*FILES} - {*LOADING_FILES} == {"direnv", "nushell", "nu"}


def get_program(shell: OtherShell) -> str:
    """Return the hook as the program prints it."""
    return shell.run(f"shellvault hook {shell.name} | sh -c 'grep -F -- -I'")


def _strace(log: Path) -> tuple[str, ...]:
    return ("strace", "-f", "-qq", "-s", "9999", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log))


def _count_calls(shell: OtherShell, log: Path) -> int:
    """Return how many processes were started over some prompts, not counting threads."""
    builtin = {"elvish": "nop", "nu": "null", "xonsh": "None"}[shell.name]
    start = log.stat().st_size
    for line in ("", builtin) * (PROMPTS // 2):
        shell.run(line)
    calls = re.findall(rf"^\d+ +(?:{CALLS.replace(',', '|')})\(.*", log.read_text()[start:], re.MULTILINE)
    return sum("CLONE_THREAD" not in call for call in calls)
