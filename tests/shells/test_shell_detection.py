"""The shell that will evaluate the statements is detected, whatever lies in between."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import shellvault
from shellvault.shell.shell_detection import shell_named
from tests.shells.real_shells import SHELLS, clean_env, find_program, run
from tests.shells.shell_detector import DETECT, detect_from_command, detect_in_shell

THEN = "; true"  # keeps the shell from exec'ing the command before it
FAR_FROM_SHELLS = ["timeout", "60"] * 10  # too many processes for the shell running the tests to be found
WRAPPERS = {
    "env": f"env {DETECT}",
    "timeout": f"timeout 60 {DETECT}",
    "nested": f"timeout 60 nice timeout 60 env {DETECT}",
    "python": """"$PYTHON" -c 'import os, subprocess, sys
subprocess.run([sys.executable, "-c", os.environ["QUESTION"]])'""",
    "sh that execs": f"sh -c 'exec {DETECT}'",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_calling_shell_is_detected(shell: str, tmp_path: Path) -> None:
    """`$SHELL` is wrong in all of these tests."""
    assert detect_in_shell(shell, DETECT + THEN, tmp_path) == shell


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("tcsh", 'set answer = `$PYTHON -c "$QUESTION"`; echo "$answer"'),
        ("elvish", "var answer = ($E:PYTHON -c $E:QUESTION | slurp); print $answer"),
        ("nu", "let answer = ^$env.PYTHON -c $env.QUESTION | complete; print $answer.stdout"),
        ("xonsh", "answer = $(@($PYTHON) -c @($QUESTION))\nprint(answer)"),
    ],
)
def test_other_shells_are_detected_where_they_capture_the_output(shell: str, script: str, tmp_path: Path) -> None:
    """Each in its own language; xonsh is a program of Python."""
    assert detect_in_shell(shell, script, tmp_path) == shell


@pytest.mark.parametrize("words", [("-m", "xonsh"), ("-u", "-m", "xonsh"), ("xonsh",)])
def test_xonsh_is_detected_however_python_runs_it(words: tuple[str, ...], tmp_path: Path) -> None:
    """The process has Python's name and file then."""
    command = words if "-m" in words else (find_program("xonsh"),)
    script = "$PYTHON -c $QUESTION\ntrue"
    assert detect_from_command([sys.executable, *command, "--no-rc", "-c", script], tmp_path) == "xonsh"


@pytest.mark.parametrize("name", ["xonsh", "run"])
def test_xonsh_script_is_detected(name: str, tmp_path: Path) -> None:
    """Its process may have any name."""
    path = tmp_path / name
    path.write_text(f"#!{find_program('xonsh')} --no-rc\n$PYTHON -c $QUESTION\ntrue\n")
    path.chmod(0o700)
    assert detect_from_command([str(path)], tmp_path) == "xonsh"


def test_other_python_programs_are_skipped(tmp_path: Path) -> None:
    """Whatever words they are given."""
    program = 'import subprocess, sys, os; subprocess.run([sys.executable, "-c", os.environ["QUESTION"]])'
    (tmp_path / "program.py").write_text(program)
    for words in (f"{tmp_path}/program.py xonsh", f"-c '{program}' -m xonsh"):
        assert detect_in_shell("zsh", f"$PYTHON {words}{THEN}", tmp_path) == "zsh"


def test_csh_is_tcsh_or_that_of_bsd(tmp_path: Path) -> None:
    """Their process has the same name; BSD's is a shell that we do not know, whatever is around it."""
    for program, shell in (("tcsh", "tcsh"), ("bsd-csh", "bsd-csh")):
        (tmp_path / program).mkdir()
        (tmp_path / program / "csh").symlink_to(find_program(program))
        script = f"{tmp_path}/{program}/csh -f -c '$PYTHON -c $QUESTION:q; true'"
        assert detect_in_shell("bash", script + THEN, tmp_path) == shell


@pytest.mark.parametrize("name", ["nosh", "rc", "murex", "newsh-2.1"])
def test_unknown_shell_hides_the_one_around_it(name: str, tmp_path: Path) -> None:
    """Its user would otherwise evaluate statements for another shell."""
    (tmp_path / name).write_bytes(Path(sys.executable).resolve().read_bytes())
    (tmp_path / name).chmod(0o700)
    program = "import subprocess, os; subprocess.run([os.environ['PYTHON'], '-c', os.environ['QUESTION']])"
    script = f'PYTHONHOME={sys.base_prefix} "{tmp_path / name}" -c "{program}"'
    assert detect_in_shell("bash", script + THEN, tmp_path) == name


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_is_detected_in_a_command_substitution(shell: str, tmp_path: Path) -> None:
    """As in `eval "$(shellvault env P)"`, where the result matters."""
    script = f"set answer ({DETECT}); echo $answer" if shell == "fish" else f'answer="$({DETECT})"; echo "$answer"'
    assert detect_in_shell(shell, script, tmp_path) == shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("wrapped", WRAPPERS.values(), ids=WRAPPERS)
def test_wrapper_programs_are_skipped(shell: str, wrapped: str, tmp_path: Path) -> None:
    """Launchers, sudo and virtual environments do not evaluate statements."""
    assert detect_in_shell(shell, wrapped + THEN, tmp_path) == shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_innermost_shell_wins(shell: str, tmp_path: Path) -> None:
    """It is the one that evaluates the substitution."""
    assert detect_in_shell(shell, f"sh -c '{DETECT}{THEN}'{THEN}", tmp_path) == "sh"


def test_login_shell_is_detected_by_its_dashed_name(tmp_path: Path) -> None:
    """Terminals on macOS and consoles on Linux start shells as `-bash`."""
    login = f"exec -a -bash bash --norc --noprofile -c '{DETECT}{THEN}'"
    assert detect_from_command(["dash", "-c", f'bash -c "$0"{THEN}', login], tmp_path) == "bash"


@pytest.mark.parametrize(("shell", "name"), [("bash", "bash-5.2"), ("zsh", "zsh-5.9"), ("ksh", "ksh93")])
def test_shell_with_a_versioned_name_is_detected(shell: str, name: str, tmp_path: Path) -> None:
    """Distributions may install several versions side by side."""
    (tmp_path / name).symlink_to(find_program(shell))
    assert detect_from_command([str(tmp_path / name), "-c", DETECT + THEN], tmp_path) == shell


@pytest.mark.parametrize("name", ["deploy.sh", "deploy (prod) 1) S 1", "python3", "übernahme"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "fish"])
def test_script_is_identified_by_its_interpreter(shell: str, name: str, tmp_path: Path) -> None:
    """A script's process has the script's name, which may contain brackets, spaces and numbers."""
    assert detect_from_command([_write_script(tmp_path / name, find_program(shell))], tmp_path) == shell


def test_busybox_script_is_identified_by_its_applet(tmp_path: Path) -> None:
    """On Alpine every tool is the same file, so only the command line tells them apart."""
    assert detect_from_command([_write_script(tmp_path / "job", f"{find_program('busybox')} ash")], tmp_path) == "ash"
    assert detect_in_shell("bash", f"busybox timeout 60 {DETECT}{THEN}", tmp_path) == "bash"


def test_shell_linked_to_busybox_is_identified_by_the_link(tmp_path: Path) -> None:
    """As `/bin/sh` is on Alpine."""
    (tmp_path / "sh").symlink_to(find_program("busybox"))
    assert detect_from_command([_write_script(tmp_path / "job", str(tmp_path / "sh"))], tmp_path) == "sh"


def test_shell_under_an_emulator_is_detected_by_shellingham(tmp_path: Path) -> None:
    """The process has the emulator's name and file, and the shell is its first argument."""
    emulator = tmp_path / "rosetta"
    emulator.write_bytes(Path(find_program("bash")).read_bytes())
    emulator.chmod(0o700)
    _write_script(tmp_path / "zsh", "/not/used")
    assert (
        detect_from_command([*FAR_FROM_SHELLS, str(emulator), str(tmp_path / "zsh")], tmp_path) == "zsh by shellingham"
    )


def test_envrc_is_evaluated_in_bash(tmp_path: Path) -> None:
    """Whatever the interactive shell is, direnv evaluates `.envrc` in bash."""
    (tmp_path / ".envrc").write_text(f"export ANSWER=$({DETECT})\n")
    script = 'cd $HOME; direnv allow; direnv exec . sh -c "echo \\$ANSWER"'
    assert detect_in_shell("fish", script, tmp_path) == "bash"


def test_no_shell_is_detected_if_none_is_near(tmp_path: Path) -> None:
    """In a cron job or an editor, guessing from `$SHELL` could select the wrong dialect."""
    assert detect_from_command([*FAR_FROM_SHELLS, "sh", "-c", f"exec {DETECT}"], tmp_path) == "None by shellingham"


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
            ("bash-static", "bash"),
            ("pwsh-preview", "pwsh"),
        ),
        *((".fish-wrapped", "fish"), ("fish", "fish"), ("tcsh", "tcsh"), ("pwsh", "pwsh"), ("xonsh", "xonsh")),
        *(("python3.11", None), ("fishing", None), ("bash-language-s", None), ("", None), ("-", None), ("sshd", None)),
    ],
)
def test_shell_is_identified_by_its_program_name(name: str, shell: str | None) -> None:
    """Dashes and versions are ignored, and a name that only starts like a shell's does not count."""
    assert shell_named(name) == shell


def _write_script(path: Path, interpreter: str) -> str:
    path.write_text(f"#!{interpreter}\n{DETECT}{THEN}\n")
    path.chmod(0o700)
    return str(path)


WITHOUT_SHELL = """
import os, time
from shellvault.shell.shell_detection import detect_shell
dead = os.fork()
if not dead:
    os._exit(0)
while os.read(os.open(f"/proc/{dead}/cmdline", os.O_RDONLY), 1):
    time.sleep(0.01)
print(detect_shell(os.getpid()), detect_shell(0), detect_shell(dead))
"""


def test_process_without_a_shell_or_command_line_gives_none(tmp_path: Path) -> None:
    """A container's first process may be a program; kernel threads and dead processes have no command line."""
    root = str(Path(shellvault.__file__).parents[1])
    alone = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", WITHOUT_SHELL]
    done = run(alone, clean_env(tmp_path, PYTHONPATH=root))
    assert done.stdout == b"None None None\n", done.stderr
