"""Fifty accounts in one day, in each shell: choosing, looking, running in all, and programs that name profiles."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.aws.world import ACCOUNT
from tests.commands.picker_screen import DRAWN, OWN, wait_for_screen
from tests.commands.terminal import PROMPT
from tests.hook.live_shell import SHELLS, start_shell
from tests.hook.test_use_and_off import STATUS
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    from tests.accounts.conftest import FiftyAccounts
    from tests.hook.live_shell import LiveShell

CHOSEN = {"prd pay": ("payments-prd", "deploy", "eu-west-1"), "stg med": ("media-stg-viewer", "Viewer", "us-east-1")}
"""What is typed in the picker -> the profile that is chosen, its role and its region."""
ASKING = """\
import sys, boto3
for name in sys.argv[1:]:
    print(name, boto3.Session(profile_name=name).client("sts").get_caller_identity()["Account"])
"""
SEVERAL = ("search-dev", "shop-prd", "mail-lab-viewer", "docs-prd-viewer")


def choose(shell: LiveShell, words: str, expected: str) -> None:
    """Leave the name out, type parts of it, and press Enter when the expected profile is the one that is marked."""
    start = len(shell.terminal.output)
    drawn = " ".join(f"{name}={value}" for name, value in DRAWN.items())
    shell.terminal.type(f'{drawn} shellvault use; echo "{STATUS[shell.name]} $AWS_VAULT."')
    wait_for_screen(shell.terminal, OWN, start)
    shell.terminal.press(words)
    wait_for_screen(shell.terminal, f"> {expected} ", start)
    shell.terminal.press("\r")
    shell.terminal.expect(rf"0 {re.escape(expected)}\.\r")
    shell.terminal.expect(re.escape(PROMPT))


@pytest.mark.parametrize("name", SHELLS)
def test_parts_of_a_name_choose_it_and_prompt_and_status_say_what_it_is(fifty: FiftyAccounts, name: str) -> None:
    """A role over the key pair, and one of a sign-in."""
    with start_shell(fifty.sandbox, name) as shell:
        for words, (profile, role, region) in CHOSEN.items():
            choose(shell, words, profile)
            account = fifty.accounts[profile]
            assert fifty.find_account(shell.get_variable("AWS_ACCESS_KEY_ID")) == account
            assert re.search(rf"\[{profile} \d+[hm]\] {PROMPT}$", shell.terminal.output)
            shown = shell.run("shellvault status")
            for said in (profile, account, role, region):
                assert said in shown
        assert shell.run("shellvault use -; echo $AWS_VAULT").endswith("payments-prd")


@pytest.mark.parametrize("name", SHELLS)
def test_a_command_runs_in_all_fifty(fifty: FiftyAccounts, name: str) -> None:
    """Each run has the session of its own account, and so does the key pair that half of them are reached with."""
    line = "shellvault each '*' --jobs 16 -- sh -c 'echo \"is $AWS_ACCOUNT_ID $AWS_ACCESS_KEY_ID\"'"
    with start_shell(fifty.sandbox, name) as shell:
        shown = shell.run(f"{line}; echo status {STATUS[name]}")
        held = shell.get_variable("AWS_ACCESS_KEY_ID")
    runs = re.findall(r"([\w-]+) +\| is (\d*) (\w+)$", shown, re.MULTILINE)  # after the progress, on a terminal
    told = {run: account for run, account, _key in runs}
    assert told.pop("base") == ""  # no config says which account a key pair is of
    assert told == fifty.accounts
    expected = fifty.accounts | {"base": ACCOUNT}
    assert {run: fifty.find_account(key) for run, _account, key in runs} == expected
    assert len(runs) == len(expected)
    assert shown.endswith("status 0")
    assert held == ""


@pytest.mark.parametrize("name", SHELLS)
def test_programs_reach_each_profile_that_they_name(fifty: FiftyAccounts, name: str) -> None:
    """A boto3 program over several profiles, and the AWS CLI over one; the shell holds no secret and no profile."""
    program = fifty.sandbox.home / "ask.py"
    program.write_text(ASKING)
    with start_shell(fifty.sandbox, name) as shell:
        assert shell.run(f"shellvault use --process; echo {STATUS[name]}") == "0"
        asked = shell.run(f"{sys.executable} {program} {' '.join(SEVERAL)}").splitlines()
        assert asked == [f"{profile} {fifty.accounts[profile]}" for profile in SEVERAL]
        words = "sts get-caller-identity --query Account --output text --profile maps-tst-viewer"
        assert shell.run(f"{aws_cli()} {words}") == fifty.accounts["maps-tst-viewer"]
        assert shell.run("env | grep -cE '^AWS_(SECRET|ACCESS|SESSION|PROFILE)'") == "0"
        shell.run("shellvault off")
        assert shell.get_variable("AWS_CONFIG_FILE") == ""
