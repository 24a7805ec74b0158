"""Similar programs that are on PATH; missing ones are named in the report, and are not an error."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.bench.measurement import WITHOUT, Case
from tests.bench.timed_shell import TimedShell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PEER = "other programs"
_KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class Peer(Record):
    """A similar program.

    Attributes:
        name: its name in the report.
        program: its name on PATH.
        lines: commands, of which the first one that works with the installed version is measured.
        prepare: a command that stores the key pair, if the program needs one.
    """

    name: str
    program: str
    lines: tuple[str, ...]
    prepare: str = ""


PEERS = (
    Peer("aws-vault", "aws-vault", ("aws-vault export --no-session base",), "aws-vault add --env base"),
    Peer("awsume", "awsumepy", ("awsumepy base",)),
    Peer("granted", "granted", ("granted credential-process --profile base",)),
    Peer(
        "AWS CLI", "aws", ("aws configure export-credentials --profile base", "aws configure get region --profile base")
    ),
    Peer("direnv", "direnv", ("direnv export bash",)),
    Peer("starship", "starship", ("starship prompt",)),
)


def find_peers(env: Mapping[str, str], folder: Path) -> tuple[TimedShell, list[Case], list[str]]:
    """Return a shell for the programs, the cases to measure in it, and what cannot be measured."""
    home = _prepare_home(folder, env)
    cases, missing = [], []
    for peer in PEERS:
        if not (program := shutil.which(peer.program, path=env["PATH"])):
            missing.append(f"{peer.name} is not on PATH")
            continue
        if peer.prepare:
            _run(peer.prepare, {**home, **_KEYS})
        line = next((line for line in peer.lines if _run(line, home).returncode == 0), "")
        if line:
            version = _VERSION.search(_run(f"{program} --version", home).stdout)
            name = f"{peer.name} {version.group()}" if version else peer.name
            title = f"{name}: `{line}`"
            cases.append(Case(title, WITHOUT, line, shell=PEER))
        else:
            missing.append(f"{peer.name} does not know `{peer.lines[0]}`")
    return TimedShell(home), cases, missing


def _prepare_home(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the programs find the key pair `base` in a credentials file."""
    folder.mkdir()
    config, credentials = folder / "config", folder / "credentials"
    config.write_text("[profile base]\nregion = eu-west-1\n")
    credentials.write_text("[base]\n" + "".join(f"{name.lower()} = {value}\n" for name, value in _KEYS.items()))
    own = {"PATH": env["PATH"], "LC_ALL": env["LC_ALL"], "HOME": str(folder), "TERM": "xterm"}
    vault = {"AWS_VAULT_BACKEND": "file", "AWS_VAULT_FILE_PASSPHRASE": "correct horse battery"}
    return {**own, **vault, "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}


def _run(line: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"{line} 2>&1"],
        env=env,
        cwd=env["HOME"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
