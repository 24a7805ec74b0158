"""`env` in tcsh, elvish, nushell and xonsh, by the line that the help names; and in shells that nobody knows."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.core.shell_memory import SECRETS
from shellvault.shell.dialects import eval_line, failure_text
from shellvault.shell.hook_files import FILES, loading_line
from tests.aws.server import wait_for_calls
from tests.commands.role_profiles import add_mfa_role, add_role
from tests.commands.shell_syntax import BOUNDARY, parse_snapshots
from tests.commands.terminal import open_terminal
from tests.commands.test_switching import FOREIGN, TOUCHED
from tests.sandbox import SHELLVAULT, TIME_LIMIT
from tests.shells.real_shells import OTHER_SHELLS

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SNAPSHOTS = {
    "tcsh": f"echo {BOUNDARY}; env -0",
    "elvish": f"echo {BOUNDARY}; env -0",
    "nu": f"print {BOUNDARY}; ^env -0",
    "xonsh": f"print('{BOUNDARY}', flush=True)\nenv -0",
}
NOISE = ("LAST_EXIT_CODE", "XONSH_CAPTURE_ALWAYS")
"""Variables that nushell and xonsh export by themselves."""
HOSTILE = 'it\'s "$HOME" `id` $(id) \\ %3B; =x ~ !! ü\ttwo  words'
STATES = {
    "unset": {},
    "hostile": dict.fromkeys(TOUCHED, HOSTILE),
    "mixed": {name: ("", f"initial {name}")[place % 2] for place, name in enumerate(TOUCHED) if place % 3},
}


def write_env(shell: str, words: str) -> str:
    """Return the line that evaluates `shellvault env` in this shell."""
    return eval_line(shell, f"shellvault env {words}")


def run_lines(sandbox: Sandbox, shell: str, *lines: str, **first: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell without its rc files."""
    return sandbox.command([*OTHER_SHELLS[shell], "-c", "\n".join(lines)], **first)


def read_snapshots(printed: str) -> list[dict[str, str]]:
    """Return the environments that a script printed, without `NOISE`."""
    found = parse_snapshots(printed)
    return [{name: value for name, value in environ.items() if name not in NOISE} for environ in found]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_unset_after_two_profiles_restores_the_initial_environment(
    warm_sandbox: Sandbox, shell: str, state: str
) -> None:
    """Set, empty and unset; meanwhile no program gets an old secret. Nushell cannot set these aside."""
    first = {name: value for name, value in STATES[state].items() if shell != "nu" or name not in SECRETS}
    show = SNAPSHOTS[shell]
    lines = [line for words in ("alpha", "beta", "--unset") for line in (write_env(shell, words), show)]
    done = run_lines(warm_sandbox, shell, show, *lines, **first)
    assert (done.returncode, done.stderr) == (0, "")
    before, alpha, beta, after = read_snapshots(done.stdout)
    assert (alpha["AWS_VAULT"], alpha["AWS_REGION"], beta["AWS_VAULT"]) == ("alpha", "eu-west-1", "beta")
    old = {first[name] for name in SECRETS if first.get(name)}
    assert not old & {environ.get(name) for environ in (alpha, beta) for name in SECRETS}
    assert not [name for name in alpha if "kept" in name]
    assert after == before


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_session_is_the_same_as_in_sh(warm_sandbox: Sandbox, shell: str) -> None:
    """Every variable; the shells export some of their own besides."""
    foreign = {name: value for name, value in FOREIGN.items() if name not in SECRETS}
    inside = read_snapshots(
        run_lines(warm_sandbox, shell, write_env(shell, "alpha"), SNAPSHOTS[shell], **foreign).stdout
    )
    in_sh = warm_sandbox.shell("sh", f'eval "$(shellvault env alpha)"; echo {BOUNDARY}; env -0', **foreign)
    (ours,) = [{name: it[name] for name in it if name.startswith(("AWS", "SHELLV"))} for it in inside]
    (theirs,) = parse_snapshots(in_sh.stdout)
    assert ours == {name: value for name, value in theirs.items() if name.startswith(("AWS", "SHELLV"))}


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_failed_line_changes_nothing_and_stops_what_depends_on_it(warm_sandbox: Sandbox, shell: str) -> None:
    """In tcsh by `&&`, in the others by the end of the script."""
    failed = write_env(shell, "alhpa")
    then = f"{failed} && echo REACHED" if shell == "tcsh" else f"{failed}\n{SNAPSHOTS[shell]}\necho REACHED"
    done = run_lines(warm_sandbox, shell, write_env(shell, "alpha"), SNAPSHOTS[shell], then, AWS_PROFILE="mine")
    assert (done.returncode != 0, "REACHED" in done.stdout) == (True, False)
    assert "error: no profile or key pair is named 'alhpa'\nhint: did you mean alpha?\n" in done.stderr
    assert len(read_snapshots(done.stdout)) == 1


def test_failed_line_in_tcsh_leaves_the_environment(warm_sandbox: Sandbox) -> None:
    """As after a mistyped name at the prompt."""
    show = SNAPSHOTS["tcsh"]
    lines = (write_env("tcsh", "alpha"), show, write_env("tcsh", "alhpa"), "echo status $status", show)
    done = run_lines(warm_sandbox, "tcsh", *lines)
    before, after = read_snapshots(done.stdout.replace("status 1\n", ""))
    assert "status 1\n" in done.stdout
    assert before == after


def test_nushell_refuses_to_hide_a_key_pair_it_could_not_give_back(warm_sandbox: Sandbox) -> None:
    """The hint says what to type, and typing it works."""
    own = {"AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "own secret", "AWS_REGION": "mine"}
    refused = run_lines(warm_sandbox, "nu", write_env("nu", "alpha"), **own)
    assert "error: this shell has AWS credentials of its own, and nushell cannot set them aside\n" in refused.stderr
    hint = "hide-env AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"
    assert f"hint: {hint}; " in refused.stderr
    lines = (hint, write_env("nu", "alpha"), SNAPSHOTS["nu"], write_env("nu", "--unset"), SNAPSHOTS["nu"])
    inside, after = read_snapshots(run_lines(warm_sandbox, "nu", *lines, **own).stdout)
    assert inside["AWS_VAULT"] == "alpha"
    assert ("AWS_ACCESS_KEY_ID" in after, after["AWS_REGION"]) == (False, "mine")


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_every_hint_has_the_line_for_this_shell(warm_sandbox: Sandbox, shell: str) -> None:
    """Where a profile is missing, where there is no hook, and where something overrides the session."""
    missing, without_hook = "shellvault env", "shellvault use alpha"
    load = loading_line(shell) if shell in FILES else write_env(shell, "alpha")
    hints = {missing: write_env(shell, "PROFILE"), without_hook: load}
    for line, hint in hints.items():
        assert f"hint: {hint}" in run_lines(warm_sandbox, shell, line).stderr
    inside = {"SHELLVAULT_PROFILE": "alpha", "AWS_PROFILE": "other", "AWS_VAULT": "alpha"}
    assert write_env(shell, "alpha") in run_lines(warm_sandbox, shell, "shellvault status", **inside).stdout


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_help_in_place_of_statements_fails(warm_sandbox: Sandbox, shell: str) -> None:
    """Whatever the text of the help means in the shell."""
    line = write_env(shell, "alpha --help")
    done = run_lines(warm_sandbox, shell, f"{line} && echo REACHED" if shell == "tcsh" else f"{line}\necho REACHED")
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "to read the help: shellvault help env" in done.stderr


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_code_is_asked_for_on_the_terminal_while_the_output_is_captured(sandbox: Sandbox, shell: str) -> None:
    """Some shells run what they capture in the background, where a program cannot read from the terminal."""
    device = add_mfa_role(sandbox)
    script = f"{write_env(shell, 'guarded')}\n{SNAPSHOTS[shell]}"
    with open_terminal(sandbox, [*OTHER_SHELLS[shell], "-c", script]) as terminal:
        terminal.expect(r"MFA code for base \(arn:aws:iam::111122223333:mfa/alice\): ")
        terminal.type(device.next_code())
        terminal.expect("SHELLVAULT_PROFILE=guarded")
        assert terminal.wait_for_exit() == 0


def test_unknown_shell_is_an_error_whatever_is_around_it(warm_sandbox: Sandbox) -> None:
    """BSD's csh in bash got bash's statements once."""
    script = f"{write_env('tcsh', 'alpha')}; echo status $status; env | grep -c ^AWS_VAULT"
    done = warm_sandbox.command(["bash", "-c", f"bsd-csh -f -c '{script}'; true"])
    assert done.stdout == "status 1\n0\n"
    assert "error: no dialect for the calling shell, 'bsd-csh'\nhint: shellvault exec PROFILE -- bsd-csh" in done.stderr


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (("env", "alhpa", "--shell", "pwsh"), ""),
        (("env", "alhpa", "--shell=powershell"), ""),
        (("env", "alhpa"), "powershell"),
        (("env", "--duratoin", "1h"), "powershell"),
        (("nev", "alpha"), "pwsh"),
        (("off",), "pwsh"),
    ],
)
def test_failure_is_thrown_in_powershell(warm_sandbox: Sandbox, words: tuple[str, ...], variable: str) -> None:
    """`Invoke-Expression` would succeed with `false`, and the next command would run on the old account."""
    extra = {"SHELLVAULT_SHELL": variable} if variable else {}
    done = warm_sandbox.run(*words, **extra)
    assert (done.returncode != 0, done.stdout) == (True, failure_text("powershell"))


def test_killed_command_throws_in_powershell(sandbox: Sandbox) -> None:
    """A closed window ends the command; what it printed is evaluated nevertheless."""
    add_role(sandbox)
    sandbox.aws.faults.next("hang")
    command = [SHELLVAULT, "env", "reader", "--shell", "pwsh"]
    with subprocess.Popen(command, env=sandbox.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as env:
        assert wait_for_calls(sandbox.aws.world, "AssumeRole", 1)
        env.send_signal(signal.SIGTERM)
        out, _ = env.communicate(timeout=TIME_LIMIT)
    assert (out.decode(), env.returncode) == (failure_text("powershell"), 143)
