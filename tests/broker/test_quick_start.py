"""A command's modules are loaded from one file as long as their sources have not changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import shellvault

if TYPE_CHECKING:
    import subprocess

    from tests.broker.conftest import MfaUser

WARM = ("env", "reader", "--shell", "bash")
USUAL = {"__init__", "__main__", "quick_start", "exec_program", "exported"}


class Copy:
    """A copy of the package, and a user with a cached session who runs it."""

    def __init__(self, user: MfaUser, folder: Path) -> None:
        self.folder, self._user = folder / "shellvault", user
        shutil.copytree(Path(shellvault.__file__).parent, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        hooks = Path(shellvault.__file__).parents[1] / "shell"
        for each in hooks.iterdir():
            shutil.copy(each, self.folder / "shell" / each.name)
        self.source = f"import sys; sys.path.insert(0, {str(folder)!r}); from shellvault.__main__ import main; main()"

    @property
    def file(self) -> Path:
        """The file of `env`."""
        return self.folder / "__pycache__" / f"env.{sys.implementation.cache_tag}-0.quick"

    def run(self, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run the copy."""
        return self._user.sandbox.command([sys.executable, *options, "-c", self.source, *words])

    def list_opened(self, *words: str) -> set[str]:
        """Run the copy, and return the modules whose own files it opens."""
        trace = self.folder.parent / "trace"
        argv = ["strace", "-f", "-e", "trace=open,openat", "-o", str(trace), sys.executable, "-c", self.source, *words]
        assert self._user.sandbox.command(argv).returncode == 0
        lines = [line.split('"')[1] for line in trace.read_text().splitlines() if '"' in line and "ENOENT" not in line]
        mine = [Path(name) for name in lines if name.startswith(str(self.folder))]
        return {each.name.partition(".")[0] for each in mine if each.suffix in (".py", ".pyc")}


@pytest.fixture
def copy(user: MfaUser, tmp_path: Path) -> Copy:
    """Return a copy that has run once; the session was cached before."""
    assert user.sandbox.run(*WARM).returncode == 0
    found = Copy(user, tmp_path)
    assert found.run(*WARM).returncode == 0
    return found


def test_the_second_run_opens_one_file_for_all_modules(copy: Copy) -> None:
    """Only what runs before the command, and what starts a program, is imported as usual."""
    assert copy.list_opened(*WARM) <= USUAL
    assert copy.file.stat().st_mode & 0o777 == 0o644


def test_both_runs_print_the_same(copy: Copy) -> None:
    """Whether modules are loaded or imported."""
    loaded = copy.run(*WARM)
    copy.file.unlink()
    imported = copy.run(*WARM)
    assert (loaded.returncode, loaded.stdout, loaded.stderr) == (0, imported.stdout, imported.stderr)


def test_a_source_that_has_changed_counts_at_once(copy: Copy) -> None:
    """The modules are imported, and the file is written again."""
    source = copy.folder / "commands" / "env.py"
    source.write_text(source.read_text().replace("import ", "import  ", 1) + "\nraise SystemExit('changed')\n")
    assert "changed" in copy.run(*WARM).stderr
    source.write_text(source.read_text().replace("raise SystemExit('changed')", "CHANGED = True"))
    assert copy.run(*WARM).returncode == 0
    assert copy.list_opened(*WARM) <= USUAL


def test_a_file_that_lacks_modules_is_completed(copy: Copy) -> None:
    """The first run of a command may have needed fewer than later ones: `env --unset` obtains no session."""
    copy.file.unlink()
    assert copy.run("env", "--unset", "--shell", "bash").returncode == 0
    assert copy.file.exists()
    for line in (WARM, ("env", "--unset", "--shell", "fish"), WARM):
        assert copy.run(*line).returncode == 0
    size = copy.file.stat()
    assert copy.list_opened(*WARM) <= USUAL
    assert copy.file.stat() == size


def test_a_copy_of_the_package_does_not_run_the_original(copy: Copy) -> None:
    """For example, a virtual environment or a checkout that was copied with its times: what changes there counts."""
    original = copy.folder.parent
    there = shutil.copytree(original, original.with_name("there"))
    command = there / "shellvault" / "commands" / "env.py"
    command.write_text(command.read_text() + "\nraise SystemExit('changed')\n")
    copy.source = copy.source.replace(str(original), str(there))
    assert "changed" in copy.run(*WARM).stderr


def test_python_that_keeps_its_files_elsewhere_gets_none(copy: Copy) -> None:
    """PYTHONPYCACHEPREFIX says that nothing is to be written beside the sources."""
    copy.file.unlink()
    elsewhere = f"pycache_prefix={copy.folder.parent / 'elsewhere'}"
    assert copy.run(*WARM, options=("-X", elsewhere)).returncode == 0
    assert not copy.file.exists()


@pytest.mark.parametrize(
    ("writer", "status"),
    [
        ("def write_modules(): pass", 0),
        ("raise ImportError", 0),
        ("def write_modules(*_): import os, signal; os.kill(os.getpid(), signal.SIGINT)", 130),
    ],
)
def test_the_answer_does_not_wait_for_the_file(copy: Copy, writer: str, status: int) -> None:
    """Neither a package that was upgraded meanwhile nor Ctrl-C takes it away."""
    whole = copy.run(*WARM).stdout
    copy.file.unlink()
    (copy.folder / "quick_start_writer.py").write_text(f"{writer}\n")
    done = copy.run(*WARM)
    assert (done.returncode, done.stdout, done.stderr) == (status, whole, "")


def test_the_file_holds_no_docstrings(copy: Copy) -> None:
    """Reading them would take longer than running many a module."""
    assert b"Return statements that the shell runs whole" not in copy.file.read_bytes()


@pytest.mark.parametrize("content", [b"", b"x", b"\xe9\xff\xff\xff\x7f", b"(\x02\x00\x00\x00N[\x00\x00\x00\x00"])
def test_a_damaged_file_is_replaced(copy: Copy, content: bytes) -> None:
    """This includes a truncated file."""
    whole = copy.file.read_bytes()
    for damaged in (content, whole[:-9], whole[: len(whole) // 2]):
        copy.file.write_bytes(damaged)
        assert copy.run(*WARM).returncode == 0
        assert len(copy.file.read_bytes()) == len(whole)


def test_python_that_writes_no_files_keeps_none(copy: Copy) -> None:
    """`-B` and PYTHONDONTWRITEBYTECODE say so."""
    copy.file.unlink()
    assert copy.run(*WARM, options=("-B",)).returncode == 0
    assert not copy.file.exists()


@pytest.mark.parametrize("words", [("env", "--help"), ("env", "nobody"), ("env", "--nonsense"), ("env", "--process")])
def test_what_nobody_waits_for_is_not_kept(copy: Copy, words: tuple[str, ...]) -> None:
    """Help, failures, and commands that import more of Python's library, which a warm command should not load."""
    copy.file.unlink()
    copy.run(*words)
    assert not copy.file.exists()


def test_a_folder_that_cannot_be_written_is_no_problem(copy: Copy) -> None:
    """For example, an installation of root's that others use."""
    copy.file.unlink()
    copy.file.mkdir()
    assert copy.run(*WARM).returncode == 0
    assert list(copy.file.parent.glob("*.quick.*")) == []


@pytest.mark.parametrize("line", ["list", "status", "exec reader -- true", "hook bash", "hook fish"])
def test_other_commands_are_quick_too(copy: Copy, line: str) -> None:
    """Each has a file of its own."""
    assert copy.run(*line.split()).returncode == 0
    assert copy.list_opened(*line.split()) <= USUAL
