"""Adds profiles to a sandbox: a role, or a role that requires MFA."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.aws.devices import MfaDevice
    from tests.sandbox import Sandbox


def add_role(
    sandbox: Sandbox, name: str = "reader", more: str = "", trusts: tuple[str, ...] = ("account root",)
) -> None:
    """Add a role and the key pair `base` it is assumed with; `more` is appended to its profile."""
    role = sandbox.aws.world.role(name, trusts=trusts)
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(f"[profile {name}]\nrole_arn = {role.arn}\nsource_profile = base\n{more}\n")


def add_mfa_role(sandbox: Sandbox, more: str = "") -> MfaDevice:
    """Add a role `guarded` that requires MFA, and return the device that provides its codes."""
    device = sandbox.aws.world.user("alice").mfa_device()
    role = sandbox.aws.world.role("guarded", require_mfa=True)
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure(
        f"[profile guarded]\nrole_arn = {role.arn}\nsource_profile = base\nmfa_serial = {device.serial}\n{more}\n"
    )
    return device
