"""`sso`: keeps the profiles of a config file in step with the roles that IAM Identity Center gives a user."""

from __future__ import annotations

from contextlib import contextmanager

from shellvault.argparser import COMMON, FORCE, REGION, Command, Option
from shellvault.awsconfig.config_place import find_writable_config
from shellvault.commands import VERBS
from shellvault.commands.sso_assignments import USE_DEVICE_CODE, list_assignments, resolve_portals
from shellvault.commands.sso_patterns import parse_patterns
from shellvault.commands.sso_planning import Planner
from shellvault.commands.sso_profile_names import NameTemplate
from shellvault.commands.sso_profiles import Wanted
from shellvault.commands.sso_writing import write_change
from shellvault.core.errors import AwsRefusedError, ShellvaultError, UsageError
from shellvault.request import Answer
from shellvault.shell.shell_detection import respell_for
from shellvault.storage.written_profiles import WrittenProfiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.commands.sso_assignments import SsoDirectory
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "sso",
    VERBS["sso"],
    positionals=("profiles", "[SESSION]"),
    options=(
        Option("--all", "of every [sso-session]; sections with the same portal are one sign-in"),
        Option(
            "--only",
            "only these profiles: patterns of names, account=PATTERN or role=PATTERN, separated by commas",
            "",
            "PATTERNS",
        ),
        Option("--template", "new names, such as {account}/{role}; also {account_id}, {session}", "", "TEXT"),
        Option("--prefix", "what every new name begins with", "", "TEXT"),
        Option("--prune", "remove profiles that this command wrote, that nobody changed, and whose role is gone"),
        Option("--check", "write nothing; show what would change, with exit status 1 if anything would"),
        FORCE.replace(help="write without asking"),
        REGION.replace(help="the region of the new profiles, instead of that of the sso-session or [default]"),
        USE_DEVICE_CODE,
        *COMMON,
    ),
    details="""\
  shellvault sso profiles              with the only [sso-session] of the config file
  shellvault sso profiles corp         with [sso-session corp], or with the sign-in of the profile corp
  shellvault sso profiles --all --prefix '{session}-'
  shellvault sso profiles --template '{account}/{role}'
  shellvault sso profiles --only 'account=prod-*,role=Admin'
  shellvault sso profiles --prune      also remove profiles whose role is gone
  shellvault sso profiles --no-input   only show what would be written
  shellvault sso profiles --prune --check --no-input   the same for CI

Signs in if necessary, shows what it will change in the config file, and asks. A role that has a profile gets no second
one. Names are {account}-{role} in lower case; --template and --prefix keep what you write, and {role}, as it is.
Profiles that somebody else wrote or changed stay as they are; if their role is gone, they are reported.
""",
)

OUT_OF_STEP = 1


def run(app: App, arguments: Arguments) -> Answer:
    """Write the profiles, and with --prune remove some."""
    word, patterns = _find_session(arguments), parse_patterns(arguments.options.get("--only"))
    template = NameTemplate(arguments.get("--template"), arguments.get("--prefix"))
    config_file = find_writable_config(app.settings)  # before anybody has signed in for nothing
    is_pruning, is_check = arguments.has("--prune"), arguments.has("--check")
    portals, directories = resolve_portals(word, app.profiles, everything=arguments.has("--all")), []
    for portal in portals:
        broker, providers = app.broker(portal.resolved), app.providers(portal.resolved)
        with _naming(portal.link.profile if portals[1:] else ""):
            directories.append(list_assignments(portal, app.storage.session_cache(), broker, providers))
            _require_roles(directories[-1], is_pruning=is_pruning)
    written = WrittenProfiles(app.settings.home, config_file)
    _report_problem(written, app.ui)
    wanted = Wanted(template, patterns, app.settings.region, is_pruning, is_check)
    planner = Planner(directories, config_file, written, wanted, app.ui.notice)
    while True:
        planned = planner.plan(app.profiles)  # minutes may have passed at the browser
        if planned.is_empty:
            return Answer(stdout=f"Nothing to write: {planned.in_step}.\n")
        if is_check:
            return Answer(OUT_OF_STEP, stdout=planned.describe())
        if said := write_change(planned, written, app.ui, force=arguments.has("--force")):
            return Answer(stdout=respell_for(app.request.terminal.caller_pid, said))


def _find_session(arguments: Arguments) -> str:
    """Return the word that names the sign-in, or the empty string; refuse words that contradict each other."""
    if arguments.first != "profiles":
        raise UsageError(f"sso: unknown subcommand '{arguments.first}'", COMMAND.usage)
    if arguments.has("--check") and arguments.has("--force"):
        raise UsageError("sso: --check writes nothing, so --force has no meaning", "leave out one of them")
    word = "".join(arguments.positionals[1:])
    if word and arguments.has("--all"):
        raise UsageError(f"sso: --all is every [sso-session], not only '{word}'", "leave out one of them")
    return word


def _require_roles(directory: SsoDirectory, *, is_pruning: bool) -> None:
    """Refuse to remove every profile because the wrong user is signed in."""
    if is_pruning and not directory.assignments:
        name = directory.link.profile
        message = f"no role at all is assigned to you at '{name}', so nothing is removed"
        raise AwsRefusedError(message, "sign in as another user, or leave out --prune")


def _report_problem(written: WrittenProfiles, ui: Ui) -> None:
    """Say that it is not known what this command has written, and what that means."""
    problem, hint = written.describe_problem()
    if problem:
        ui.notice(f"{problem}; it records what sso profiles wrote, so --prune removes nothing written before: {hint}")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say in an error whose sign-in it is about; nothing if the name is empty."""
    try:
        yield
    except ShellvaultError as error:
        if name and f"'{name}'" not in error.message:
            error.message = f"'{name}': {error.message}"
        raise
