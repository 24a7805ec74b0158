"""The shell that will read our statements is found, whatever lies between it and us."""

from __future__ import annotations

from pathlib import Path

import pytest

from shellvault.shell.shell_detection import shell_named
from tests.shells.ask import ASK, answer_from, answer_in
from tests.shells.run import SHELLS, program

THEN = "; true"  # keeps the shell from replacing itself by its last command
FAR_FROM_SHELLS = ["timeout", "60"] * 10  # the shell that runs the tests is out of sight from behind these
WRAPPERS = {
    "env": f"env {ASK}",
    "timeout": f"timeout 60 {ASK}",
    "nested": f"timeout 60 nice timeout 60 env {ASK}",
    "python": """"$PYTHON" -c 'import os, subprocess, sys
subprocess.run([sys.executable, "-c", os.environ["QUESTION"]])'""",
    "sh that steps aside": f"sh -c 'exec {ASK}'",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_that_calls_is_found(shell: str, tmp_path: Path) -> None:
    """`$SHELL` names another one in all of these tests."""
    assert answer_in(shell, ASK + THEN, tmp_path) == shell


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_is_found_from_its_command_substitution(shell: str, tmp_path: Path) -> None:
    """`eval "$(shellvault env P)"` is where the answer matters."""
    script = f"set answer ({ASK}); echo $answer" if shell == "fish" else f'answer="$({ASK})"; echo "$answer"'
    assert answer_in(shell, script, tmp_path) == shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("wrapped", WRAPPERS.values(), ids=WRAPPERS)
def test_programs_in_between_are_passed_over(shell: str, wrapped: str, tmp_path: Path) -> None:
    """Launchers, sudo and virtual environments read no statements."""
    assert answer_in(shell, wrapped + THEN, tmp_path) == shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_nearest_shell_wins(shell: str, tmp_path: Path) -> None:
    """What an inner shell substitutes, the inner shell evaluates."""
    assert answer_in(shell, f"sh -c '{ASK}{THEN}'{THEN}", tmp_path) == "sh"


def test_a_login_shell_is_found_under_its_dashed_name(tmp_path: Path) -> None:
    """Terminals on macOS and consoles on Linux start shells as `-bash`."""
    login = f"exec -a -bash bash --norc --noprofile -c '{ASK}{THEN}'"
    assert answer_from(["dash", "-c", f'bash -c "$0"{THEN}', login], tmp_path) == "bash"


@pytest.mark.parametrize(("shell", "name"), [("bash", "bash-5.2"), ("zsh", "zsh-5.9"), ("ksh", "ksh93")])
def test_a_shell_installed_under_a_longer_name_is_found(shell: str, name: str, tmp_path: Path) -> None:
    """Distributions keep several versions side by side."""
    (tmp_path / name).symlink_to(program(shell))
    assert answer_from([str(tmp_path / name), "-c", ASK + THEN], tmp_path) == shell


@pytest.mark.parametrize("name", ["deploy.sh", "deploy (prod) 1) S 1", "python3", "übernahme"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "fish"])
def test_a_script_is_known_by_its_interpreter_whatever_it_is_called(shell: str, name: str, tmp_path: Path) -> None:
    """A script's process bears the script's name, and the name may hold brackets, spaces and numbers."""
    assert answer_from([_script(tmp_path / name, program(shell))], tmp_path) == shell


def test_a_script_of_busybox_is_known_by_the_applet_it_runs_in(tmp_path: Path) -> None:
    """On Alpine every tool is the same file; only the command line tells them apart."""
    assert answer_from([_script(tmp_path / "job", f"{program('busybox')} ash")], tmp_path) == "ash"
    assert answer_in("bash", f"busybox timeout 60 {ASK}{THEN}", tmp_path) == "bash"


def test_a_script_of_a_shell_that_is_a_link_to_busybox_is_known_by_the_link(tmp_path: Path) -> None:
    """As `/bin/sh` is on Alpine."""
    (tmp_path / "sh").symlink_to(program("busybox"))
    assert answer_from([_script(tmp_path / "job", str(tmp_path / "sh"))], tmp_path) == "sh"


def test_a_shell_under_an_emulator_is_found_by_shellingham(tmp_path: Path) -> None:
    """There the process bears the emulator's name and file, and the shell is its first argument."""
    emulator = tmp_path / "rosetta"
    emulator.write_bytes(Path(program("bash")).read_bytes())
    emulator.chmod(0o700)
    _script(tmp_path / "zsh", "/not/used")
    assert answer_from([*FAR_FROM_SHELLS, str(emulator), str(tmp_path / "zsh")], tmp_path) == "zsh by shellingham"


def test_direnv_reads_its_file_in_bash(tmp_path: Path) -> None:
    """`eval "$(shellvault env P)"` in `.envrc` is evaluated by bash, whatever the prompt is."""
    (tmp_path / ".envrc").write_text(f"export ANSWER=$({ASK})\n")
    script = 'cd $HOME; direnv allow; direnv exec . sh -c "echo \\$ANSWER"'
    assert answer_in("fish", script, tmp_path) == "bash"


def test_where_no_shell_is_near_none_is_found(tmp_path: Path) -> None:
    """A cron job or an editor: guessing from `$SHELL` would print the wrong dialect."""
    assert answer_from([*FAR_FROM_SHELLS, "sh", "-c", f"exec {ASK}"], tmp_path) == "None by shellingham"


@pytest.mark.parametrize(
    ("name", "shell"),
    [
        *(
            ("-bash", "bash"),
            ("-zsh", "zsh"),
            ("bash5", "bash"),
            ("rbash", "bash"),
            ("ksh93u+m", "ksh"),
            ("lksh", "mksh"),
            ("nu", "nu"),
        ),
        *((".fish-wrapped", "fish"), ("fish", "fish"), ("tcsh", "tcsh"), ("pwsh", "pwsh"), ("xonsh", "xonsh")),
        *(("python3.11", None), ("fishing", None), ("bash-language-s", None), ("", None), ("-", None), ("sshd", None)),
    ],
)
def test_a_programs_name_says_which_shell_it_is(name: str, shell: str | None) -> None:
    """Dashes and versions are no part of the name, and a name that only starts like a shell's is none."""
    assert shell_named(name) == shell


def _script(path: Path, interpreter: str) -> str:
    path.write_text(f"#!{interpreter}\n{ASK}{THEN}\n")
    path.chmod(0o700)
    return str(path)
