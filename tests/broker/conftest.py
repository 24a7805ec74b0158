"""A sandbox whose owner has a key pair, an MFA device, and profiles that need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Record
from tests.broker.questions import Questions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.devices import MfaDevice
    from tests.aws.identities import AccessKey
    from tests.sandbox import Sandbox


class Person(Record):
    """The sandbox's owner: the key pair `base`, its MFA device, and what answers for that device."""

    sandbox: Sandbox
    key: AccessKey
    device: MfaDevice
    questions: Questions


@pytest.fixture
def person(sandbox: Sandbox, tmp_path: Path) -> Person:
    """Return an owner with the profiles base, reader (a role), admin and ops (roles with MFA), and token (MFA only)."""
    user = sandbox.aws.world.user()
    key, device, questions = user.access_key(), user.mfa_device(), Questions(tmp_path)
    sandbox.add("base", key, "--no-config")
    reader = sandbox.aws.world.role("reader")
    roles = {name: sandbox.aws.world.role(name, require_mfa=True).arn for name in ("admin", "ops")}
    mfa = f"mfa_serial = {device.serial}\nmfa_process = {questions.command}\n"
    sandbox.configure("[profile base]\nregion = eu-west-1\n")
    sandbox.configure(f"[profile reader]\nrole_arn = {reader.arn}\nsource_profile = base\nregion = eu-west-1\n")
    for name, arn in roles.items():
        sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n{mfa}")
    sandbox.configure(f"[profile token]\ninclude_profile = base\n{mfa}")
    return Person(sandbox, key, device, questions)
