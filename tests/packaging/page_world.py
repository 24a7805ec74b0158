"""What the reader of a page has before its first line: keys, roles, a browser that signs in, and programs."""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from shellvault.core.record import Secret
from tests.agent.agent_sandbox import AgentSandbox
from tests.aws.identities import Credential
from tests.aws.world import ACCOUNT
from tests.lend.far_side import FarSide
from tests.packaging import stand_in
from tests.packaging.conftest import ROOT
from tests.packaging.page_blocks import blocks
from tests.recording.scenes import SAMPLE_ID, SAMPLE_SECRET
from tests.sandbox import PASSPHRASE
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.packaging.page_blocks import Block
    from tests.sandbox import Sandbox

RECIPES = ROOT / "docs" / "recipes" / "README.md"
TOUR = ROOT / "docs" / "tour.md"
_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(\w+)")
_BROWSER = "import sys, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(sys.argv[-1], timeout=30).read()"
_FAKE_GRANTED = f"""\
mkdir -p ~/.aws
printf '[dev]\\naws_access_key_id = {SAMPLE_ID}\\naws_secret_access_key = {SAMPLE_SECRET}\\n' >>~/.aws/credentials
"""


class PageWorld:
    """The sandbox of one page."""

    def __init__(self, sandbox: Sandbox, page: Path) -> None:
        self.sandbox, self.page, self.text = sandbox, page, page.read_text()
        self.programs = sandbox.home / "programs"
        self.user = sandbox.aws.world.user("alice")
        self.device = self.user.mfa_device()
        sandbox.aws.world.keys.add(Credential(SAMPLE_ID, Secret(SAMPLE_SECRET), self.user.principal))
        self._add_sources()
        self._add_programs()
        self._add_profiles()

    @property
    def answers(self) -> dict[str, Callable[[], str]]:
        """What the reader types at each question."""
        return {
            r"MFA code for [^\n]*\): ": self.device.next_code,
            r"Access key ID [^\n]*\): ": lambda: SAMPLE_ID,
            r"Secret access key [^\n]*: ": lambda: SAMPLE_SECRET,
            r"Region for [^\n]*: ": lambda: "eu-west-1",
            r"assphrase[^\n]*: ": lambda: PASSPHRASE,
            r"\[y/N\] ": lambda: "y",
        }

    def save(self, block: Block) -> None:
        """Save a block as the file that it is; a part of one of AWS's files is added to it."""
        home = str(self.sandbox.home)
        path = self.sandbox.home / block.file.removeprefix("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.file.startswith("~/.") else "w") as file:
            file.write(self.localize(block.text) + "\n")
        path.chmod(0o600)
        assert home in str(path)

    def localize(self, text: str) -> str:
        """Return a text with the paths of this sandbox."""
        return text.replace("/home/you", str(self.sandbox.home))

    def accepted(self) -> set[str]:
        """Return the programs that AWS has accepted."""
        file = self.programs / "accepted"
        return {line.split()[0] for line in file.read_text().splitlines()} if file.exists() else set()

    def named(self, lines: list[str]) -> set[str]:
        """Return the programs that lines name."""
        return {name for name in stand_in.NAMES if re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w.])", str(lines))}

    def _add_sources(self) -> None:
        world = self.sandbox.aws.world
        for account, name in {*_ROLE.findall(self.text), *_ROLE.findall(RECIPES.read_text())}:
            world.role(name, account, trusts=(ACCOUNT, "web:repo:you/app"))
        world.sso.assign("Viewer", ACCOUNT, "payments")
        token = self.sandbox.home / "oidc-token"
        token.touch(0o600)
        token.write_text(world.provider.token("repo:you/app"))

    def _add_programs(self) -> None:
        self.programs.mkdir()
        self.sandbox.env["PATH"] = f"{self.programs}:{self.sandbox.env['PATH']}"
        self.sandbox.env["BROWSER"] = self.add_program("browser", f"exec {sys.executable} -Ic '{_BROWSER}' \"$@\"")
        for name in stand_in.NAMES:
            path = self.programs / name
            path.write_text(f"#!{sys.executable}\n" + stand_in_source())
            path.chmod(0o755)
        self.add_program("granted", _FAKE_GRANTED)
        self.add_program("clip.exe", "grep -q ^http")

    def add_program(self, name: str, script: str) -> str:
        """Add a program that sh runs, and return its path."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def _add_profiles(self) -> None:
        if self.page == TOUR:
            del self.sandbox.env["SHELLVAULT_PASSPHRASE_FILE"]
            return
        self.sandbox.create_vault()
        if self.page.parent == RECIPES.parent:
            self.sandbox.add("dev", self.user.access_key(), "--no-config")
            if self.page != RECIPES:
                self.save(next(block for block in blocks(RECIPES) if block.file))


def stand_in_source() -> str:
    """Return the program that stands in for others."""
    return (ROOT / "tests" / "packaging" / "stand_in.py").read_text()


@contextmanager
def open_world(sandbox: Sandbox, page: Path, runtime: Path) -> Iterator[PageWorld]:
    """Prepare a page, and clean up after it: agents, tmux, and a machine to log in to."""
    with ExitStack() as stack:
        world = PageWorld(sandbox, page)
        if "--server" in world.text or "shellvault lend" in world.text:
            agents = AgentSandbox(sandbox, runtime)
            stack.callback(agents.end)
            if "-- ssh " in world.text:
                far = FarSide(agents, sandbox.home.parent / "far")
                stack.callback(far.stop)
                far.restart()
                config = far.folder / "client"
                config.write_text(config.read_text().replace("Host far", "Host build"))
                world.add_program("ssh", f'exec {find_program("ssh")} -F {config} "$@"')
        if "tmux" in world.text:
            sandbox.env["TMUX_TMPDIR"] = str(runtime.parent)
            stack.callback(sandbox.command, ["tmux", "kill-server"])
        if sandbox.config.exists():  # nobody edits it within a second, which the generated file takes for the same edit
            os.utime(sandbox.config, (time.time() - 60,) * 2)
        yield world
