"""Whether a caller proved to hold an MFA device, by a code in this request or by the session it signs with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.errors import denied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.aws.identities import Credential
    from tests.aws.world import World

_INCOMPLETE = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
_NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
_WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code. "


def proven(world: World, caller: Credential, params: Mapping[str, str]) -> bool:
    """Say whether the request counts as made with MFA, and spend the code it gives; refuse a code that does not hold.

    Only a user's own key may come with a code: a session has no device.
    """
    serial, code = params.get("SerialNumber"), params.get("TokenCode")
    if serial is None and code is None:
        return caller.session is not None and caller.session.with_mfa
    if serial is None or code is None:
        raise denied(_INCOMPLETE)
    device = None if caller.session else world.device(caller.principal.arn, serial)
    if device is None:
        raise denied(_NOT_YOURS)
    if not device.accept(code):
        raise denied(_WRONG)
    return True
