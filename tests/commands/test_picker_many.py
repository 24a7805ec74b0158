"""The picker in places that are easily forgotten: `export`, and a list of ten thousand profiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands.picker_screen import DRAWN, FZF, OWN, add_profiles, wait_for_screen, without_fzf
from tests.commands.terminal import open_terminal

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

MANY = 10_000
WANTED = 7421
EXPORT = ["sh", "-c", "shellvault export --format json >printed"]

each_picker = pytest.mark.parametrize("opened", [OWN, FZF], ids=["own", "fzf"])


def find_path(sandbox: Sandbox, opened: str) -> str:
    """Return a PATH with which this picker opens."""
    return sandbox.env["PATH"] if opened == FZF else without_fzf(sandbox)


@each_picker
def test_export_prints_the_session_of_the_chosen_profile(sandbox: Sandbox, opened: str) -> None:
    """And nothing if none is chosen, with status 130."""
    add_profiles(sandbox)
    path, printed = find_path(sandbox, opened), sandbox.home / "printed"
    with open_terminal(sandbox, EXPORT, **DRAWN, PATH=path) as terminal:
        wait_for_screen(terminal, opened)
        terminal.press("\x1b")
        assert (terminal.wait_for_exit(), printed.read_text()) == (130, "")
    with open_terminal(sandbox, EXPORT, **DRAWN, PATH=path) as terminal:
        wait_for_screen(terminal, opened)
        terminal.press("dev pay")
        wait_for_screen(terminal, "1/4")
        terminal.press("\r")
        assert terminal.wait_for_exit() == 0
    credential = sandbox.aws.world.credential(json.loads(printed.read_text())["AccessKeyId"])
    assert credential is not None
    assert ":assumed-role/payments-dev/" in credential.principal.arn


@each_picker
def test_one_of_ten_thousand_profiles_is_found_and_chosen(sandbox: Sandbox, opened: str) -> None:
    """By words, each of which leaves fewer, and by its account."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    sandbox.aws.world.role("deploy", f"{100_000_000_000 + WANTED}", trusts=("111122223333",))
    profile = "[profile shop-{:05}-{}]\nrole_arn = arn:aws:iam::{}:role/deploy\nsource_profile = base\n"
    sandbox.configure("".join(profile.format(n, ("prd", "dev")[n % 2], 100_000_000_000 + n) for n in range(MANY)))
    wanted = f"shop-{WANTED:05}-dev"
    command, path = ["shellvault", "exec", "--", "sh", "-c", "echo ran with $AWS_VAULT"], find_path(sandbox, opened)
    for words in (("dev", f" {WANTED:05}"), (f"{100_000_000_000 + WANTED}",)):
        with open_terminal(sandbox, command, **DRAWN, PATH=path) as terminal:
            wait_for_screen(terminal, f"{MANY + 1}/{MANY + 1}")
            for number, word in enumerate(words, 1):
                terminal.press(word)
                is_last = number == len(words)
                wait_for_screen(terminal, f"> {wanted} " if is_last else f"{MANY // 2}/{MANY + 1}")
            terminal.press("\r")
            terminal.expect(f"ran with {wanted}\r")
