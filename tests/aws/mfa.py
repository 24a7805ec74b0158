"""Checks whether a request was made with MFA: with a code, or with a session obtained with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aws.errors import access_denied

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


def check_mfa(world: World, caller: Credential, params: Mapping[str, str]) -> bool:
    """Return whether the request was made with MFA, using up its code; refuse an invalid code.

    Only a user's own key can be accompanied by a code, as sessions have no device.
    """
    serial, code = params.get("SerialNumber"), params.get("TokenCode")
    if serial is None and code is None:
        return caller.session is not None and caller.session.with_mfa
    if serial is None or code is None:
        raise access_denied(_INCOMPLETE)
    device = None if caller.session else world.device(caller.principal.arn, serial)
    if device is None:
        raise access_denied(_NOT_YOURS)
    if not device.accept(code):
        raise access_denied(_WRONG)
    return True
