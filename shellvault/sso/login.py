"""`login --sso`: signs in to IAM Identity Center, as `aws sso login` does, for every role that the person has."""

from __future__ import annotations

import time

from shellvault.commands import Result
from shellvault.durations import left
from shellvault.grammar import Option
from shellvault.sso.directory import USE_DEVICE_CODE, counted, signed_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.grammar import Arguments

SSO = Option("--sso", "sign in to IAM Identity Center instead; PROFILE may be the name of an sso-session")
OPTIONS = (SSO, USE_DEVICE_CODE)


def sign_in(app: App, arguments: Arguments) -> Result:
    """Sign in where that is needed, and tell until when, and what for."""
    directory = signed_in(app, arguments.first)
    how = "Still signed in" if directory.was_valid else "Signed in"
    until = time.strftime("%H:%M", time.localtime(directory.expires_at))
    return Result(
        f"{how} to '{directory.link.profile}' until {until} ({left(directory.expires_at, time.time())}), "
        "then renewed without a browser where IAM Identity Center allows it.\n"
        f"{counted(directory.assignments)}; shellvault sso profiles writes a profile for each.\n"
    )
