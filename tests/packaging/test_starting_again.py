"""What shellvault writes down to be started again works however it was installed."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import botocore
import pytest

from tests.commands.role_profiles import add_role
from tests.sandbox import aws_cli
from tests.shells.real_shells import SHELLS

if TYPE_CHECKING:
    from tests.packaging.conftest import Built
    from tests.sandbox import Sandbox

LIBRARIES = Path(botocore.__file__).parents[1]
BASE = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
KINDS = ("for one user", "with folders of its own")


def install(built: Built, home: Path, kind: str) -> Path:
    """Install the wheel where the interpreter of the system, isolated, does not find it; return the program."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = home / (f".local/lib/{version}/site-packages" if kind == KINDS[0] else "app/packages")
    folder.mkdir(parents=True)
    with ZipFile(built.wheel) as wheel:
        wheel.extractall(folder)
    for library in LIBRARIES.iterdir():
        if library.suffix != ".pth" and not library.name.startswith(("shellvault", "_editable")):
            (folder / library.name).symlink_to(library)
    program = home / "bin" / "shellvault"
    program.parent.mkdir()
    finds = "" if kind == KINDS[0] else f"import site\nsite.addsitedir({str(folder)!r})\n"
    program.write_text(f"#!{BASE}\n{finds}from shellvault.__main__ import main\nmain()\n")
    program.chmod(0o755)
    return program


@pytest.fixture(params=KINDS)
def installed(built: Built, sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """Return a sandbox with a cached session, in which `shellvault` is an installation of this kind."""
    program = install(built, sandbox.home, request.param)
    add_role(sandbox, more="region = eu-west-1")
    sandbox.load_session("reader")
    sandbox.env["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    where = sandbox.command([str(BASE), "-I", "-c", "import shellvault"])
    assert "ModuleNotFoundError" in where.stderr
    return sandbox


def find(sandbox: Sandbox) -> str:
    """Return the installed program."""
    return str(sandbox.home / "bin" / "shellvault")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_hook_starts_it(installed: Sandbox, shell: str) -> None:
    """From another folder, and with a PYTHONPATH that must not count."""
    line = "shellvault hook fish | source" if shell == "fish" else f'eval "$(shellvault hook {shell})"'
    script = f"{line}; cd /; shellvault use reader && shellvault list --profiles && shellvault exec base -- echo done"
    done = installed.command([*SHELLS[shell], "-c", script])
    assert done.stdout.splitlines()[-2:] == ["reader", "done"], done.stderr


def test_programs_start_it(installed: Sandbox) -> None:
    """The AWS CLI runs what the generated config says."""
    script = f'eval "$(shellvault env --process reader)"; {shlex.quote(aws_cli())} sts get-caller-identity'
    done = installed.shell("bash", script)
    assert json.loads(done.stdout)["Arn"].startswith("arn:aws:sts::111122223333:assumed-role/reader/"), done.stderr


def test_the_agent_is_started(installed: Sandbox, tmp_path: Path) -> None:
    """And it answers."""
    runtime = tmp_path / "r"
    runtime.mkdir(0o700)
    installed.env |= {"XDG_RUNTIME_DIR": str(runtime), "SHELLVAULT_AGENT": "auto"}
    try:
        started = installed.command([find(installed), "agent", "start"])
        assert (started.stdout, started.stderr) == ("The agent is running.\n", "")
        done = installed.command([find(installed), "env", "reader", "--shell", "bash"])
        assert "AWS_ACCESS_KEY_ID" in done.stdout
        unit = installed.command([find(installed), "agent", "--unit"]).stdout
        assert "Environment=LC_ALL=C.UTF-8\nExecStart=" in unit
    finally:
        assert installed.command([find(installed), "agent", "stop"]).stdout == "The agent has stopped.\n"


def test_the_demo_runs(installed: Sandbox) -> None:
    """Each of its steps is a program of its own."""
    done = installed.command([find(installed), "demo"])
    assert done.returncode == 0, done.stderr
    assert "AWS says: you are arn:aws:sts::" in done.stdout
