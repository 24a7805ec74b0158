"""A sandbox with a stored key pair, an MFA device, and profiles that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Record
from tests.broker.mfa_prompter import MfaPrompter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.devices import MfaDevice
    from tests.aws.identities import AccessKey
    from tests.sandbox import Sandbox


class MfaUser(Record):
    """A sandbox with the stored key pair `base`, its MFA device, and the `mfa_process` that supplies codes."""

    sandbox: Sandbox
    key: AccessKey
    device: MfaDevice
    prompter: MfaPrompter


@pytest.fixture
def user(sandbox: Sandbox, tmp_path: Path) -> MfaUser:
    """Set up the profiles base, reader (a role), admin and ops (roles with MFA), and token (MFA only)."""
    iam_user = sandbox.aws.world.user()
    key, device, prompter = iam_user.access_key(), iam_user.mfa_device(), MfaPrompter(tmp_path)
    sandbox.add("base", key, "--no-config")
    reader = sandbox.aws.world.role("reader")
    roles = {name: sandbox.aws.world.role(name, require_mfa=True).arn for name in ("admin", "ops")}
    mfa = f"mfa_serial = {device.serial}\nmfa_process = {prompter.command}\n"
    sandbox.configure("[profile base]\nregion = eu-west-1\n")
    sandbox.configure(f"[profile reader]\nrole_arn = {reader.arn}\nsource_profile = base\nregion = eu-west-1\n")
    for name, arn in roles.items():
        sandbox.configure(f"[profile {name}]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n{mfa}")
    sandbox.configure(f"[profile token]\ninclude_profile = base\n{mfa}")
    return MfaUser(sandbox, key, device, prompter)
