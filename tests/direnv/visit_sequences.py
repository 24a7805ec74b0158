"""Walks shells through random sequences of entering and leaving folders, `use`, `off` and renewals.

After each step the prompt, `status` and AWS must name one account.
`python -m tests.direnv.visit_sequences [COUNT] [SEED]` walks COUNT sequences for each shell and form of .envrc, and
prints the first fault of each.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.aws.server import AwsServer
from tests.commands.role_profiles import add_role
from tests.direnv.direnv_shell import HOOK_FIRST, HOOK_LAST, create_project, start_direnv_shell
from tests.hook.live_shell import SHELLS
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.direnv.direnv_shell import DirenvShell

FORMS = ("use shellvault {}", 'eval "$(shellvault env {})"')
FOLDERS = {"red": "reader", "blue": "writer"}
"""Folder -> the profile that its .envrc enters."""
REGION_ONLY = "green"
"""A folder whose .envrc sets a region and no session."""
PROFILES = {"reader": "eu-west-1", "writer": "eu-west-1", "plain": ""}
"""Role -> its region; two share one, as is common."""
STEPS = (
    *("cd red", "cd blue", "cd green", "cd ~", "cd ~"),
    *("use reader", "use writer", "use plain", "off", "renew", "direnv reload"),
)
STARTS: tuple[dict[str, str], ...] = (
    {},
    {"AWS_ACCESS_KEY_ID": "AKIAOLDOLDOLDOLDOLD0", "AWS_SECRET_ACCESS_KEY": "old secret", "AWS_REGION": "eu-north-1"},
    {"AWS_PROFILE": "mine", "AWS_REGION": "eu-west-1"},
)
"""What the environment holds at the start."""
_KEY_ID = "AWS_ACCESS_KEY_ID"
_OURS = ("AWS_VAULT", "SHELLVAULT_PROFILE", "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_KEY_ID", "SHELLVAULT_RESTORE")


class Walk(Record):
    """One sequence of steps, and the setup it runs in."""

    shell: str
    order: str
    form: str
    start: dict[str, str]
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.shell}, {self.order}, {self.form}, {sorted(self.start)}: {'; '.join(self.steps)}"


def make_walks(count: int, length: int, seed: int, shells: Sequence[str] = SHELLS) -> Iterator[Walk]:
    """Return this many random walks for each shell and form of .envrc; the same seed gives the same walks."""
    chance = random.Random(seed)  # noqa: S311 - the same seed gives the same sequence
    for _ in range(count):
        for shell in shells:
            for form in FORMS:
                steps = tuple(chance.choice(STEPS) for _ in range(length))
                yield Walk(shell, chance.choice((HOOK_FIRST, HOOK_LAST)), form, chance.choice(STARTS), steps)


class Model:
    """Which session a shell holds after each step, according to the rule in the README.

    A session is modelled as its profile and the number of the renewal that put it into the cache.
    """

    def __init__(self) -> None:
        self.folder = "~"
        self._nothing = ("", 0)
        self._held = self._outside = self._loaded = self._nothing
        self._renewals = 0

    @property
    def held(self) -> str:
        """The profile whose session the shell holds."""
        return self._held[0]

    def take(self, step: str) -> None:
        """Take a step."""
        verb, _, word = step.partition(" ")
        if verb == "cd" and word != self.folder:
            self._leave()
            self.folder = word
            self._enter()
        elif verb == "direnv" and self.folder != "~":
            self._leave()
            self._enter()
        elif verb == "use":
            self._held = (word, self._renewals)
        elif verb == "off":
            self._held = self._nothing
        elif verb == "renew":
            self._renewals += 1
            self._held = (self.held, self._renewals) if self.held else self._nothing

    def _leave(self) -> None:
        if self.folder in FOLDERS and self._outside != self._loaded:
            self._held = self._outside

    def _enter(self) -> None:
        if self.folder in FOLDERS:
            self._outside = self._held
            self._held = self._loaded = (FOLDERS[self.folder], self._renewals)


def prepare(sandbox: Sandbox, form: str) -> None:
    """Add the profiles, and the folders with this form of .envrc."""
    for name, region in PROFILES.items():
        add_role(sandbox, name, more=f"region = {region}" if region else "")
        sandbox.load_session(name)
    for folder, profile in FOLDERS.items():
        create_project(sandbox, form.format(profile), folder)
    create_project(sandbox, "export AWS_REGION=us-east-1", REGION_ONLY)


def find_fault(sandbox: Sandbox, walk: Walk) -> str:
    """Take a walk in a prepared sandbox; return what went wrong after which step, or the empty string."""
    model = Model()
    with start_direnv_shell(sandbox, walk.shell, walk.order, **walk.start) as shell:
        before = now = shell.dump_environment(sandbox)
        for number, step in enumerate(walk.steps, 1):
            _take_step(sandbox, shell, step, model.held)
            model.take(step)
            earlier, now = now, shell.dump_environment(sandbox)
            fault = _check(sandbox, shell, model, before, now)
            if step == "renew" and model.held and earlier.get(_KEY_ID) == now.get(_KEY_ID):
                fault = "nothing was renewed"
            if fault:
                return f"step {number} ({step}): {fault}\n  {walk}"
    return ""


def _take_step(sandbox: Sandbox, shell: DirenvShell, step: str, held: str) -> None:
    verb, _, word = step.partition(" ")
    if verb == "cd":
        shell.change_folder(sandbox.home if word == "~" else sandbox.home / word)
    elif verb == "direnv":
        time.sleep(1)  # direnv compares times by the second: two reloads within one second count as one
        shell.run(step)
    elif verb == "renew":
        sandbox.aws.world.clock_skew += 2
        sandbox.run("clear")
        if held:
            sandbox.load_session(held)
        shell.run("__shellvault_take env --refresh --no-input")
    else:
        shell.run(f"shellvault {step}")
    shell.run(":")


def _check(sandbox: Sandbox, shell: DirenvShell, model: Model, before: dict[str, str], now: dict[str, str]) -> str:
    """Compare what the prompt, `status` and AWS say with the profile that the shell should hold."""
    profile = model.held
    here = {"AWS_REGION"} if model.folder == REGION_ONLY else set()
    reported = json.loads(sandbox.run("status", "--json", **_only(now)).stdout)["profile"]
    segment = shell.get_variable("SHELLVAULT_SEGMENT").partition(" ")[0]
    credential = sandbox.aws.world.credential(now.get(_KEY_ID, ""))
    role = credential.principal.arn.split("/")[1] if credential else ""
    if {segment, reported or "", role} != {profile}:
        return f"the shell should hold {profile!r}: the prompt says {segment!r}, status {reported!r}, AWS {role!r}"
    if not credential:
        changed = {name for name in {**now, **before} if _is_aws(name) and now.get(name) != before.get(name)}
        return f"not as it was: {sorted(changed - here)}" if changed - here else ""
    if (now.get("AWS_SECRET_ACCESS_KEY"), now.get("AWS_SESSION_TOKEN")) != (
        credential.secret,
        credential.session and credential.session.token,
    ):
        return "secret or token of another session"
    region = PROFILES[profile] or before.get("AWS_REGION", "")
    if now.get("AWS_REGION", "") != region and not here:
        return f"region {now.get('AWS_REGION')!r} instead of {region!r}"
    if missing := [name for name in _OURS if not now.get(name)]:
        return f"without {missing}"
    return f"AWS_PROFILE is {now['AWS_PROFILE']!r}" if "AWS_PROFILE" in now else ""


def _only(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if _is_aws(name)}


def _is_aws(name: str) -> bool:
    return name.startswith(("AWS_", "SHELLVAULT_"))


def main() -> None:
    """Walk, and print the faults."""
    count, seed = (*map(int, sys.argv[1:]), *(20, 1)[len(sys.argv) - 1 :])[:2]
    faults = walked = 0
    for walk in make_walks(count, 30, seed):
        with tempfile.TemporaryDirectory(prefix="shellvault-walk-") as folder, AwsServer() as aws:
            sandbox = Sandbox(Path(folder), aws)
            prepare(sandbox, walk.form)
            fault = find_fault(sandbox, walk)
            sandbox.purge()
        walked += 1
        if fault:
            faults += 1
            sys.stdout.write(f"{fault}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{walked} sequences of 30 steps, {faults} with a fault\n")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
