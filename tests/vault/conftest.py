"""A house whose owner has a key pair, an MFA device, and profiles that need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.record import Record
from tests.vault.questions import Questions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.devices import MfaDevice
    from tests.aws.identities import AccessKey
    from tests.house import House


class Person(Record):
    """The house's owner: the key pair `base`, its MFA device, and what answers for that device."""

    house: House
    key: AccessKey
    device: MfaDevice
    questions: Questions


@pytest.fixture
def person(house: House, tmp_path: Path) -> Person:
    """Return an owner with the profiles base, reader (a role), admin and ops (roles with MFA), and token (MFA only)."""
    user = house.aws.world.user()
    key, device, questions = user.access_key(), user.mfa_device(), Questions(tmp_path)
    house.add("base", key, "--no-config")
    reader = house.aws.world.role("reader")
    roles = {name: house.aws.world.role(name, require_mfa=True).arn for name in ("admin", "ops")}
    mfa = f"mfa_serial = {device.serial}\nmfa_process = {questions.command}\n"
    house.configure("[profile base]\nregion = eu-west-1\n")
    house.configure(f"[profile reader]\nrole_arn = {reader.arn}\nsource_profile = base\nregion = eu-west-1\n")
    for name, arn in roles.items():
        house.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n{mfa}")
    house.configure(f"[profile token]\ninclude_profile = base\n{mfa}")
    return Person(house, key, device, questions)
