"""`sso`: writes profiles for the roles that IAM Identity Center gives a user."""

from __future__ import annotations

from shellvault.argparser import COMMON, FORCE, REGION, Command
from shellvault.awsconfig.config_place import find_writable_config
from shellvault.commands.sso_assignments import USE_DEVICE_CODE, describe_count, list_assignments, resolve_portal
from shellvault.commands.sso_profiles import compose_profiles, write_profiles
from shellvault.core.errors import UsageError
from shellvault.request import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "sso",
    "write a profile for every account and role of IAM Identity Center",
    positionals=("profiles", "[SESSION]"),
    options=(
        FORCE.replace(help="write without asking"),
        REGION.replace(help="the region of the new profiles, instead of that of the sso-session or [default]"),
        USE_DEVICE_CODE,
        *COMMON,
    ),
    details="""\
  shellvault sso profiles              with the only [sso-session] of the config file
  shellvault sso profiles corp         with [sso-session corp], or with the sign-in of the profile corp
  shellvault sso profiles --no-input   only show what would be written

Signs in if necessary, shows what it will add to the config file, and asks. Nothing in the file is changed: a role that
has a profile gets no second one, and a profile whose role is gone is reported and kept.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Write the profiles."""
    if arguments.first != "profiles":
        raise UsageError(f"sso: unknown subcommand '{arguments.first}'", COMMAND.usage)
    config_file = find_writable_config(app.settings)  # before anybody has signed in for nothing
    portal = resolve_portal("".join(arguments.positionals[1:]), app.profiles)
    broker, providers = app.broker(portal.resolved), app.providers(portal.resolved)
    directory = list_assignments(portal, app.storage.session_cache(), broker, providers)
    profiles = compose_profiles(directory, app.profiles, app.settings.region, app.ui.notice)
    if not profiles:
        counted = describe_count(directory.assignments)
        return Answer(stdout=f"Nothing to write: {counted}, each with a profile already.\n")
    return Answer(stdout=write_profiles(profiles, config_file, app.ui, force=arguments.has("--force")))
