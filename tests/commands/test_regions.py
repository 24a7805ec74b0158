"""A region that AWS does not have is noticed where it is typed, by `doctor`, and where a call fails because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.aws.region_names import explain_region, list_regions
from shellvault.core.partitions import PARTITIONS
from tests.commands.plaintext import DEV
from tests.commands.terminal import open_terminal
from tests.commands.test_add_next_step import REGION, type_key_pair
from tests.commands.test_doctor import run_doctor
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

WRONG = {
    "n": "n is not a region AWS has",
    "nowhere": "nowhere is not a region AWS has",
    "eu-west": "eu-west is not a region AWS has (did you mean eu-west-3?)",
    "eu-west-1a": "eu-west-1a is not a region AWS has (did you mean eu-west-1?)",
    "us-east-11": "us-east-11 is not a region that botocore lists (did you mean us-east-1?)",
    "eu-wset-1": "eu-wset-1 is not a region that botocore lists (did you mean eu-west-1?)",
}


def test_every_region_of_aws_and_new_ones_are_accepted() -> None:
    """Of all partitions; one that follows a known one in number, or is like none, may have come since."""
    assert {each.home_region for each in PARTITIONS.values()} <= {*list_regions()}
    for region in ("", "aws-global", "us-east-9", "xx-newplace-1", "eusc-de-east-2", *list_regions()):
        assert explain_region(region) == ""


@pytest.mark.parametrize("region", WRONG)
def test_doctor_warns_of_any_other(healthy: Sandbox, region: str) -> None:
    """In a profile, in an sso-session and in the environment."""
    told = WRONG[region].partition(" (did")[0]
    healthy.configure(f"[profile far]\nregion = {region}\n[sso-session corp]\nsso_region = {region}\n")
    found = run_doctor(healthy, AWS_REGION=region)
    fix = "in the config file"
    assert found.find(f"region in [profile far]: {told}") == ("warn", f"correct region {fix}")
    assert found.find(f"sso_region in [sso-session corp]: {told}") == ("warn", f"correct sso_region {fix}")
    assert found.find(f"AWS_REGION: {told}") == ("warn", "correct or unset AWS_REGION")
    assert found.status == 0


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize(
    "answers", [("n", "nowhere", "eu-west-1"), ("n", "eu-wset-1", "eu-wset-1"), ("xx-newplace-1",)], ids=" ".join
)
def test_add_asks_again(sandbox: Sandbox, answers: tuple[str, ...]) -> None:
    """A name that has the form of a region's is believed the second time; one that is like no other, at once."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"], 200) as terminal:
        type_key_pair(terminal)
        for answer in answers:
            terminal.expect(REGION)
            terminal.type(answer)
        assert terminal.wait_for_exit() == 0
        shown = terminal.output
    for answer in answers[:-1]:
        assert f"{WRONG[answer].partition(' (did')[0]}" in shown
    assert sandbox.config.read_text() == f"[profile dev]\nregion = {answers[-1]}\n"


def test_a_call_that_fails_names_the_region_first(sandbox: Sandbox) -> None:
    """Where no host was found for it, and where the signature, which has it in it, is refused."""
    key = sandbox.aws.world.user().access_key()
    sandbox.add("dev", key)
    sandbox.add("bad", key.replace(secret=DEV.secret))
    sandbox.config.write_text("[profile dev]\nregion = nowhere\n[profile bad]\nregion = nowhere\n[profile good]\n")
    unreachable = {"AWS_ENDPOINT_URL": "", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    hint = "hint: nowhere is not a region AWS has: correct region of '{}'; otherwise "
    assert hint.format("dev") in sandbox.run("export", "dev", **unreachable).stderr
    assert hint.format("bad") in sandbox.run("export", "bad").stderr
    sandbox.config.write_text("[profile bad]\nregion = eu-west-1\n")
    assert "is not a region" not in sandbox.run("export", "bad").stderr
