"""The scenes of the pictures in docs: what the person has, and what they type."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shellvault.core.record import Secret
from tests.aws.identities import Credential

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

LIFE = 24  # seconds; a session is due for renewal in its last quarter
SAMPLE_ID, SAMPLE_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The key pair of AWS's own documentation."""
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
    columns: int = 80


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
    columns=104,
)

SCENES = {"live-shell": LIVE_SHELL, "roles": ROLES}
"""Stem of the picture's file in docs -> its scene."""
