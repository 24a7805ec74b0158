"""The scenes of the pictures in docs: what the person has, and what they type."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from shellvault.core.record import Secret
from tests.aws.identities import Credential
from tests.commands.picker_screen import without_fzf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox import Sandbox

LIFE = 24  # seconds; a session is due for renewal in its last quarter
SAMPLE_ID, SAMPLE_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The key pair of AWS's own documentation."""
_BROWSER = """
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[-1], timeout=30).read()
"""
WHO = "aws sts get-caller-identity --query Arn --output text"


class Step(NamedTuple):
    """A line to type, and how many seconds to wait before typing it.

    With `until`, it is typed without Enter, and what is waited for is not the prompt but this pattern.
    """

    line: str
    pause: float = 1.0
    until: str = ""


class Scene(NamedTuple):
    """A picture: its title, what is prepared before it begins, and its steps."""

    title: str
    prepare: Callable[[Sandbox], None]
    steps: tuple[Step, ...]
    columns: int = 104


def prepare_plaintext(sandbox: Sandbox) -> None:
    """Give the person a key in plaintext, and two profiles with short sessions."""
    world = sandbox.aws.world
    world.session_life = LIFE
    world.keys.add(Credential(SAMPLE_ID, Secret(SAMPLE_SECRET), world.user("alice").principal))
    sandbox.configure("[profile dev]\nregion = eu-west-1\n\n")
    sandbox.configure(f"[profile prod]\nrole_arn = {world.role('prod').arn}\nsource_profile = dev\n")
    sandbox.configure("region = eu-west-1\n")
    plaintext = f"[dev]\naws_access_key_id = {SAMPLE_ID}\naws_secret_access_key = {SAMPLE_SECRET}\n"
    sandbox.config.with_name("credentials").write_text(plaintext)


def prepare_one_key(sandbox: Sandbox) -> None:
    """Give the person one key pair, and a role that has no profile."""
    sandbox.add("dev", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("region = eu-west-1\n")
    sandbox.aws.world.role("reader")


def prepare_fifty_accounts(sandbox: Sandbox) -> None:
    """Give the person fifty profiles, over one key pair."""
    world = sandbox.aws.world
    alice = world.user("alice")
    sandbox.add("dev", alice.access_key())
    sandbox.configure("region = eu-west-1\n")
    regions = ("eu-west-1", "us-east-1", "eu-central-1", "ap-south-1")
    stages = ("dev", "stg", "prd")
    teams = ("payments", "search", "billing", "shop", "data", "media", "mail", "maps", "auth", "build", "docs", "edge")
    accounts = [(team, stage) for team in (*teams, "game", "home", "labs", "risk") for stage in stages]
    for number, (team, stage) in enumerate(accounts):
        arn = world.role("deploy", f"{400_000_000_000 + number * 7_654_321_987:012}"[-12:], (alice.arn,)).arn
        sandbox.configure(f"[profile {team}-{stage}]\nrole_arn = {arn}\nsource_profile = dev\n")
        sandbox.configure(f"region = {regions[number % len(regions)]}\n")


def prepare_own_picker(sandbox: Sandbox) -> None:
    """Give the person fifty profiles and no fzf, which would show the list otherwise."""
    prepare_fifty_accounts(sandbox)
    sandbox.env["PATH"] = without_fzf(sandbox)


def prepare_sign_in(sandbox: Sandbox) -> None:
    """Give the person a sign-in that is still valid, and three roles."""
    directory = sandbox.aws.world.sso
    sandbox.configure(f"[sso-session corp]\nsso_start_url = {directory.start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("region = eu-west-1\n")
    for stage, account in (("Dev", "400000000001"), ("Prod", "400000000002")):
        directory.assign("Admin", account, f"Shop {stage}")
    sandbox.env["BROWSER"] = str(_write_browser(sandbox, "browser"))
    done = sandbox.run("login", "--sso")
    assert done.returncode == 0, done.stderr


def prepare_consoles(sandbox: Sandbox) -> None:
    """Give the person a browser besides."""
    prepare_fifty_accounts(sandbox)
    sandbox.env["BROWSER"] = str(_write_browser(sandbox, "chromium"))


def _write_browser(sandbox: Sandbox, name: str) -> Path:
    """Write a browser that loads the page it is given, and return its path."""
    browser = sandbox.home / "bin" / name
    browser.parent.mkdir()
    browser.write_text(f"#!{sys.executable} -I\n{_BROWSER}")
    browser.chmod(0o700)
    return browser


LIVE_SHELL = Scene(
    "shellvault in bash, with sessions of 24 seconds instead of an hour",
    prepare_plaintext,
    (
        Step("cat ~/.aws/credentials"),
        Step("# Anything you run can read that key. Move it into the vault:", 2.0),
        Step("shellvault import --scrub --force"),
        Step("shellvault use dev", 2.0),
        Step(WHO),
        Step("# Some work later, the session is about to expire:", LIFE * 0.75 + 0.5),
        Step("# It is being renewed in the background ...", 2.0),
        Step("# ... and here is the new one. Now the laptop sleeps a while:", LIFE + 2.0),
        Step(WHO),
        Step("shellvault use prod"),
        Step("shellvault off", 2.0),
    ),
    columns=80,
)

ROLES = Scene(
    "A role without a profile",
    prepare_one_key,
    (
        Step("shellvault use dev"),
        Step("shellvault use dev --role-arn arn:aws:iam::111122223333:role/reader"),
        Step(WHO),
        Step("# Account and role are its name. Back, and back again:", 2.0),
        Step("shellvault use -"),
        Step("shellvault use -"),
        Step("shellvault use - --region us-east-1"),
        Step("echo $AWS_REGION"),
        Step("shellvault off", 2.0),
    ),
)

PICKER = Scene(
    "Choosing among fifty accounts",
    prepare_own_picker,
    (
        Step("shellvault use payments-dev"),
        Step("shellvault use search-dev"),
        Step("# Leave the name out, and type parts of it:", 2.0),
        Step("shellvault use\n", until="dev"),
        Step("pay", 2.0, until="payments-stg"),
    ),
)

ACCOUNTS = Scene(
    "What there is, and what this shell holds",
    prepare_fifty_accounts,
    (
        Step("shellvault use payments-prd"),
        Step("shellvault list 'pay*' 'search-*' dev"),
        Step("shellvault status", 2.0),
        Step("shellvault off", 2.0),
    ),
)

EACH = Scene(
    "One command in many profiles",
    prepare_fifty_accounts,
    (
        Step("shellvault each '[ms]*-dev' -- aws sts get-caller-identity --query Account --output text"),
        Step("# One failure does not stop the others, and the exit status tells:", 2.0),
        Step("shellvault each 'payments-*' --jobs 1 -- sh -c '[ $AWS_VAULT != payments-stg ]'"),
        Step("echo $?"),
    ),
)

IN_STEP = Scene(
    "Profiles in step with IAM Identity Center",
    prepare_sign_in,
    (
        Step("shellvault sso profiles --force"),
        Step("shellvault sso profiles --check && echo in step", 2.0),
        Step("shellvault use shop-dev-admin"),
        Step("shellvault off", 2.0),
    ),
)

CONSOLE = Scene(
    "Two consoles side by side",
    prepare_consoles,
    (
        Step("shellvault login payments-dev search-dev --in profile"),
        Step("# For good, and in the profile of this shell:", 2.0),
        Step("export SHELLVAULT_LOGIN_IN=profile"),
        Step("shellvault use billing-dev"),
        Step("shellvault login --service s3"),
        Step("shellvault off", 2.0),
    ),
)

EVERY_PROFILE = Scene(
    "Every profile alive, and no secret in the shell",
    prepare_fifty_accounts,
    (
        Step('eval "$(shellvault env --process)"'),
        Step(WHO.replace("aws ", "aws --profile payments-dev ", 1)),
        Step(WHO.replace("aws ", "aws --profile search-prd ", 1)),
        Step("env | grep -c AWS_SECRET"),
    ),
)

SCENES = {
    "live-shell": LIVE_SHELL,
    "roles": ROLES,
    "picker": PICKER,
    "accounts": ACCOUNTS,
    "each": EACH,
    "sso-profiles": IN_STEP,
    "console": CONSOLE,
    "every-profile": EVERY_PROFILE,
}
"""Stem of the picture's file in docs -> its scene."""
