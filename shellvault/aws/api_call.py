"""An AWS call outside any chain, described for error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from typing import ClassVar

    from shellvault.core.chain.links import Chain


class ApiCall(Record):
    """A call that no link makes, with the link traits that error messages are built from.

    `permission` is IAM's name for the call, such as `iam:ListAccessKeys`; `source` signs it.
    """

    mfa_serial: ClassVar[str] = ""
    assumes_role: ClassVar[bool] = False
    role_arn: ClassVar[str] = ""
    service: str
    permission: str
    profile: str
    source: Chain
    region: str
    endpoint: str

    @property
    def denied_hint(self) -> str:
        """What to try when AWS denies the call.

        AWS does not say which condition was not met; a session with MFA meets one of the two.
        """
        allow = f"allow {self.permission} on the user itself"
        if key := self.source.stored_key:
            mfa = f"set mfa_serial in [profile {key.name}], and leave out --no-session"
            return f"{allow}; if its policy asks for MFA, {mfa}"
        return allow
