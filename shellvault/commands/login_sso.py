"""`login --sso`: signs in to IAM Identity Center, as `aws sso login` does, for every role that the person has."""

from __future__ import annotations

import time

from shellvault.argparser import Option
from shellvault.commands import Answer
from shellvault.commands.sso_assignments import USE_DEVICE_CODE, describe_count, sign_in_and_list
from shellvault.core.durations import format_time_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

SSO = Option("--sso", "sign in to IAM Identity Center instead; PROFILE may be the name of an sso-session")
OPTIONS = (SSO, USE_DEVICE_CODE)


def sign_in(app: App, arguments: Arguments) -> Answer:
    """Sign in where that is needed, and tell until when, and what for."""
    directory = sign_in_and_list(app, arguments.first)
    how = "Still signed in" if directory.was_valid else "Signed in"
    until = time.strftime("%H:%M", time.localtime(directory.expires_at))
    return Answer(
        f"{how} to '{directory.link.profile}' until {until} ({format_time_left(directory.expires_at, time.time())}), "
        "then renewed without a browser where IAM Identity Center allows it.\n"
        f"{describe_count(directory.assignments)}; shellvault sso profiles writes a profile for each.\n"
    )
