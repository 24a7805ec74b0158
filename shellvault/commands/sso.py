"""`sso`: what IAM Identity Center lets a person do, as profiles of the config file."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, FORCE, REGION, Command
from shellvault.commands import Answer
from shellvault.commands.sso_assignments import USE_DEVICE_CODE
from shellvault.commands.sso_profiles import write_profiles
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "sso",
    "write a profile for every account and role of IAM Identity Center",
    positionals=("profiles", "[SESSION]"),
    options=(
        FORCE.replace(help="write without a question"),
        REGION.replace(help="the region of the new profiles, over that of the sso-session or [default]"),
        USE_DEVICE_CODE,
        *EVERYWHERE,
    ),
    details="""\
  shellvault sso profiles              by the only [sso-session] of the config file
  shellvault sso profiles corp         by [sso-session corp], or as the profile corp signs in
  shellvault sso profiles --no-input   only shows what would be written

Signs in where that is needed, shows what is to be added to the config file, and asks. Nothing that is there is changed:
an account and role that have a profile get no second one, and a profile whose role is gone is named and left.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Write them."""
    if arguments.first != "profiles":
        raise UsageError(f"sso: there is no '{arguments.first}'", COMMAND.usage)
    word = arguments.positionals[1] if arguments.positionals[1:] else ""
    return Answer(write_profiles(app, word, arguments.get("--region"), force=arguments.has("--force")))
