"""`login --sso`: signs in to IAM Identity Center, as `aws sso login` does, for every role of the user."""

from __future__ import annotations

import time

from shellvault.argparser import Option
from shellvault.commands.sso_assignments import describe_count
from shellvault.core.durations import format_time_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.commands.sso_assignments import SsoDirectory

SSO = Option("--sso", "sign in to IAM Identity Center instead; PROFILE may be the name of an sso-session")


def describe_sign_in(directory: SsoDirectory) -> str:
    """Return until when the user is signed in, and for what."""
    how = "Still signed in" if directory.was_valid else "Signed in"
    until = time.strftime("%H:%M", time.localtime(directory.expires_at))
    return (
        f"{how} to '{directory.link.profile}' until {until} ({format_time_left(directory.expires_at, time.time())}), "
        "then renewed without a browser where IAM Identity Center allows it.\n"
        f"{describe_count(directory.assignments)}; shellvault sso profiles writes a profile for each.\n"
    )
