"""What the reader of a page has before its first line: keys, roles, a browser that signs in, and programs."""

from __future__ import annotations

import json
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
from tests.packaging.page_blocks import Block, blocks
from tests.packaging.page_settings import find_setting
from tests.packaging.page_shell import CTRL_C
from tests.packaging.stand_in import REAL_AWS
from tests.recording.scenes import SAMPLE_ID, SAMPLE_SECRET
from tests.sandbox import PASSPHRASE, SESSION_NAME, aws_cli
from tests.shells.real_shells import find_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandbox import Sandbox

RECIPES = ROOT / "docs" / "recipes" / "README.md"
FROM_SCRATCH = (ROOT / "README.md", ROOT / "docs" / "tour.md")
"""The pages whose readers have no vault yet."""
_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(\w+)")
_SAMPLE_SESSION = "ASIAIOSFODNN7EXAMPLE"
_HEADER = re.compile(r"^\[.+\]$", re.MULTILINE)
_BROWSER = """\
import http.client, sys, urllib.parse
page = sys.argv[-1]
while page.startswith("http://127.0.0.1:"):  # a page of the console is never opened
    parts = urllib.parse.urlsplit(page)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    line.request("GET", page.partition(parts.netloc)[2])
    page = line.getresponse().getheader("Location") or ""
"""
_FAKE_AWS_VAULT = f"""\
while [ "$1" != -- ]; do shift; done; shift
AWS_ACCESS_KEY_ID={SAMPLE_ID} AWS_SECRET_ACCESS_KEY={SAMPLE_SECRET} exec "$@"
"""
_FAKE_SYSTEMCTL = "grep -q ExecStart= ~/.config/systemd/user/shellvault-agent.service"
_FAKE_LAUNCHCTL = 'grep -q ProgramArguments "$2"'
_FAKE_GRANTED = f"""\
mkdir -p ~/.aws
printf '[dev]\\naws_access_key_id = {SAMPLE_ID}\\naws_secret_access_key = {SAMPLE_SECRET}\\n' >>~/.aws/credentials
"""


class PageWorld:
    """The sandbox of one page."""

    def __init__(self, sandbox: Sandbox, page: Path) -> None:
        self.sandbox, self.page, self.text = sandbox, page, page.read_text()
        self.programs = sandbox.home / "programs"
        self.setting = find_setting(page)
        self.user = sandbox.aws.world.user(self.setting.user, self.setting.account)
        self.device = self.user.mfa_device()
        if not self.setting.keys or SAMPLE_ID in self.text:
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
            r"Type yes: ": lambda: "yes",
            r"Number, or words [^\n]*: ": lambda: "1",
            r"export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=[^\n]*\n": lambda: CTRL_C,
        }

    def save(self, block: Block) -> None:
        """Save a block as the file that it is; a part of one of AWS's files replaces the sections that it has."""
        home = str(self.sandbox.home)
        path = self.sandbox.home / block.file.removeprefix("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = self.localize(block.text) + "\n"
        if block.file.startswith("~/.") and path.exists():
            text = _without_sections(path.read_text(), {*_HEADER.findall(text)}) + text
        path.write_text(text)
        path.chmod(0o600)
        assert home in str(path)

    def localize(self, text: str) -> str:
        """Return a text with the paths, names and addresses of this sandbox."""
        for shown, here in {
            "/home/you": str(self.sandbox.home),
            "/usr/share/": f"{self.sandbox.home}/usr/share/",
            "/run/user/1000": self.sandbox.env["XDG_RUNTIME_DIR"],
            "https://oidc.eu-west-1.amazonaws.com": self.sandbox.aws.url,
            "you@laptop": SESSION_NAME,
        }.items():
            text = text.replace(shown, here)
        return text

    def localize_line(self, line: str) -> str:
        """Return a line to type; in place of the key id of AWS's documentation it has the one of the latest session."""
        if _SAMPLE_SESSION in line:
            *_, latest = (self.sandbox.vault / "log").read_text().splitlines()
            line = line.replace(_SAMPLE_SESSION, json.loads(latest)["key_id"])
        return self.localize(line)

    def replace_role(self) -> None:
        """Give another role than before, where the page takes that for granted."""
        if self.setting.replaced:
            old, new = self.setting.replaced
            self.sandbox.aws.world.sso.unassign(old)
            self.sandbox.aws.world.sso.assign(new, ACCOUNT, "payments")

    def accepted(self) -> set[str]:
        """Return the programs that AWS has accepted."""
        file = self.programs / "accepted"
        return {line.split()[0] for line in file.read_text().splitlines()} if file.exists() else set()

    def named(self, lines: list[str]) -> set[str]:
        """Return the programs that lines name."""
        return {name for name in stand_in.NAMES if re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w.])", str(lines))}

    def _add_sources(self) -> None:
        world = self.sandbox.aws.world
        for account, name in {*_ROLE.findall(self.text + self.setting.config), *_ROLE.findall(RECIPES.read_text())}:
            world.role(name, account, trusts=(self.setting.account, "web:repo:you/app"))
        world.sso.assign("Viewer", ACCOUNT, "payments")
        for role, number, account in self.setting.assigned:
            world.sso.assign(role, number, account)
        token = self.sandbox.home / "oidc-token"
        token.touch(0o600)
        token.write_text(world.provider.token("repo:you/app"))

    def _add_programs(self) -> None:
        self.programs.mkdir()
        self.sandbox.env["PATH"] = f"{self.programs}:{self.sandbox.env['PATH']}"
        self.sandbox.env["BROWSER"] = self.add_program("chromium", f"exec {sys.executable} -Ic '{_BROWSER}' \"$@\"")
        for name in stand_in.NAMES:
            path = self.programs / name
            path.write_text(f"#!{sys.executable}\n" + stand_in_source())
            path.chmod(0o755)
        (self.programs / REAL_AWS).symlink_to(aws_cli())
        self.add_program("granted", _FAKE_GRANTED)
        self.add_program("clip.exe", "grep -q ^http")
        self.add_program("aws-vault", _FAKE_AWS_VAULT)
        self.add_program("systemctl", _FAKE_SYSTEMCTL)
        self.add_program("launchctl", _FAKE_LAUNCHCTL)
        for folder in ("bash-completion/completions", "zsh/vendor-completions", "fish/vendor_completions.d"):
            (self.sandbox.home / "usr/share" / folder).mkdir(parents=True)
        (self.sandbox.home / "Library" / "LaunchAgents").mkdir(parents=True)

    def add_program(self, name: str, script: str) -> str:
        """Add a program that sh runs, and return its path."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def _add_profiles(self) -> None:
        if self.page in FROM_SCRATCH:
            del self.sandbox.env["SHELLVAULT_PASSPHRASE_FILE"]
            return
        self.sandbox.create_vault()
        for name in self.setting.keys:
            self.sandbox.add(name, self.user.access_key(), "--no-config")
        self.sandbox.configure(self.setting.config)
        if self.setting.administrator:
            key = self.sandbox.aws.world.user("security", self.setting.account).access_key()
            text = (
                f"[{self.setting.administrator}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
            )
            self.save(Block("ini", text, "~/.aws/credentials"))
        self.sandbox.env.update(self.setting.environ)
        for file, text in self.setting.files:
            (self.sandbox.home / file).write_text(text)
            (self.sandbox.home / file).chmod(0o700)
        if self.page.parent == RECIPES.parent:
            self.sandbox.add("dev", self.user.access_key(), "--no-config")
            if self.page != RECIPES:
                self.save(next(block for block in blocks(RECIPES) if block.file))


def _without_sections(text: str, headers: set[str]) -> str:
    """Return the text of a file without these sections."""
    sections = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
    return "".join(section for section in sections if section.partition("\n")[0] not in headers)


def stand_in_source() -> str:
    """Return the program that stands in for others."""
    return (ROOT / "tests" / "packaging" / "stand_in.py").read_text()


@contextmanager
def open_world(sandbox: Sandbox, page: Path, runtime: Path) -> Iterator[PageWorld]:
    """Prepare a page, and clean up after it: agents, tmux, and a machine to log in to."""
    with ExitStack() as stack:
        world = PageWorld(sandbox, page)
        if any(
            word in world.text for word in ("--server", "shellvault lend", "agent is stopped", "$ shellvault agent")
        ):
            agents = AgentSandbox(sandbox, runtime)
            stack.callback(agents.end)
            if "-- ssh " in world.text:
                far = FarSide(agents, sandbox.home.parent / "far")
                stack.callback(far.stop)
                far.variables["PATH"] = f"{world.programs}:{far.variables['PATH']}"
                for file in (".bash_profile", ".bashrc"):
                    (far.home / file).write_text(f"PS1='build$ ' PATH={far.variables['PATH']}\n")
                far.log_in_to("bash")
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
