"""Whom the tests are about: a person with an MFA device, and roles that want a code of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.house import House


def with_role(house: House, name: str = "reader", more: str = "", trusts: tuple[str, ...] = ("account root",)) -> None:
    """Give the house a role over a key pair `base`; `more` are further lines of its profile."""
    role = house.aws.world.role(name, trusts=trusts)
    house.add("base", house.aws.world.user("alice").access_key())
    house.configure(f"[profile {name}]\nrole_arn = {role.arn}\nsource_profile = base\n{more}\n")


def with_mfa(house: House, more: str = "") -> MfaDevice:
    """Give the house a role `guarded` that wants MFA, and return the device whose codes it takes."""
    device = house.aws.world.user("alice").mfa_device()
    role = house.aws.world.role("guarded", require_mfa=True)
    house.add("base", house.aws.world.user("alice").access_key())
    house.configure(
        f"[profile guarded]\nrole_arn = {role.arn}\nsource_profile = base\nmfa_serial = {device.serial}\n{more}\n"
    )
    return device
