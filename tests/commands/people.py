"""Whom the tests are about: a person with an MFA device, and roles that want a code of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.sandbox import Sandbox


def with_role(
    sandbox: Sandbox, name: str = "reader", more: str = "", trusts: tuple[str, ...] = ("account root",)
) -> None:
    """Give the sandbox a role over a key pair `base`; `more` are further lines of its profile."""
    role = sandbox.aws.world.role(name, trusts=trusts)
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile {name}]\nrole_arn = {role.arn}\nsource_profile = base\n{more}\n")


def with_mfa(sandbox: Sandbox, more: str = "") -> MfaDevice:
    """Give the sandbox a role `guarded` that wants MFA, and return the device whose codes it takes."""
    device = sandbox.aws.world.user("alice").mfa_device()
    role = sandbox.aws.world.role("guarded", require_mfa=True)
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(
        f"[profile guarded]\nrole_arn = {role.arn}\nsource_profile = base\nmfa_serial = {device.serial}\n{more}\n"
    )
    return device
