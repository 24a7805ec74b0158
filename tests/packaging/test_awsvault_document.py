"""docs/aws-vault.md covers all of aws-vault, and describes what the program does."""

from __future__ import annotations

import re
from importlib import import_module

from shellvault.argparser import Option, parse
from shellvault.commands import ALIASES, VERBS
from shellvault.compat.awsvault import variables
from shellvault.compat.awsvault.options import INSTEAD, SPELLED
from shellvault.compat.awsvault.options import VERBS as NOT_THERE
from shellvault.core.errors import UsageError
from shellvault.settings import AWS_VAULT_VARIABLES
from tests.packaging.conftest import ROOT
from tests.packaging.markdown import table

DOCUMENT = ROOT / "docs" / "aws-vault.md"
CODE = "".join(path.read_text() for path in (ROOT / "shellvault").rglob("*.py"))
SPAN = re.compile(r"`([^`]+)`")
THEIR_COMMANDS = "add list ls exec export login rotate clear remove rm proxy migrate-backend completion help version"
THEIR_KEYS = """
    region role_arn source_profile external_id role_session_name duration_seconds mfa_serial mfa_process include_profile
    parent_profile session_tags transitive_session_tags source_identity credential_process web_identity_token_file
    web_identity_token_process sso_session sso_start_url sso_region sso_account_id sso_role_name
    sso_registration_scopes sts_regional_endpoints endpoint_url
"""
THEIR_VARIABLES = """
    AWS_VAULT AWS_VAULT_BACKEND AWS_VAULT_PROMPT AWS_VAULT_DURATION AWS_VAULT_STDOUT AWS_VAULT_AUTO_LOGOUT
    AWS_VAULT_BIOMETRICS AWS_VAULT_KEYCHAIN_NAME AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME
    AWS_VAULT_PASS_PASSWORD_STORE_DIR AWS_VAULT_PASS_CMD AWS_VAULT_PASS_PREFIX AWS_VAULT_PASSAGE_IDENTITIES_FILE
    AWS_VAULT_FILE_DIR AWS_VAULT_FILE_PASSPHRASE AWS_VAULT_OP_TIMEOUT AWS_VAULT_OP_VAULT_ID
    AWS_VAULT_OP_ITEM_TITLE_PREFIX AWS_VAULT_OP_ITEM_TAG AWS_VAULT_OP_CONNECT_HOST AWS_VAULT_OP_CONNECT_TOKEN
    AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN AWS_VAULT_OP_DESKTOP_ACCOUNT_ID AWS_VAULT_PROTON_PASS_SHARE_ID
    AWS_VAULT_PROTON_PASS_ITEM_TITLE_PREFIX AWS_VAULT_PROTON_PASS_API_BASE AWS_VAULT_PROTON_PASS_TIMEOUT
    AWS_VAULT_SESSION_BACKEND AWS_VAULT_PARALLEL_SAFE AWS_VAULT_PROFILE_ENV AWS_VAULT_DEVICE_CODE
    AWS_VAULT_DISABLE_HELP_MESSAGE AWS_CONFIG_FILE AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
    AWS_STS_REGIONAL_ENDPOINTS AWS_ENDPOINT_URL AWS_MFA_SERIAL AWS_ROLE_ARN AWS_ROLE_SESSION_NAME
    AWS_SESSION_TOKEN_TTL AWS_CHAINED_SESSION_TOKEN_TTL AWS_ASSUME_ROLE_TTL AWS_FEDERATION_TOKEN_TTL AWS_MIN_TTL
    AWS_SESSION_TAGS AWS_TRANSITIVE_TAGS AWS_SOURCE_IDENTITY YKMAN_OATH_CREDENTIAL_NAME YKMAN_OATH_DEVICE_SERIAL
    PASS_OATH_CREDENTIAL_NAME
"""
BEFORE_ANY = "--help-long --help-man --completion-script-bash --completion-script-zsh --version"
MIGRATION = "--from --to --profile --dry-run --overwrite --delete-source"


def options(verb: str) -> tuple[Option, ...]:
    """Return a command's options."""
    found: tuple[Option, ...] = import_module(f"shellvault.commands.{verb}").COMMAND.options
    return found


def documented_variables() -> dict[str, str]:
    """Return the document's verdict for each variable."""
    return {name: row[1] for row in table(DOCUMENT, "Variables") for name in SPAN.findall(row[0])}


def rows() -> list[tuple[str, str, str]]:
    """Return (command, option, verdict) for each option and each command that has it."""
    found = []
    for row in table(DOCUMENT, "Options"):
        verbs = VERBS if row[1] == "all" else row[1].split(", ")
        found += [(verb, span.split()[0], row[2]) for verb in verbs for span in SPAN.findall(row[0])]
    return found


def is_documented_as_accepted(verdict: str) -> bool:
    """Return whether the document says that an option is accepted."""
    return verdict.startswith(("the same", "accepted"))


def is_accepted(verb: str, name: str) -> bool:
    """Return whether a command accepts an option; `--prompt` may come before any command."""
    own = {word for option in options(verb) for word in (option.name, option.short)}
    return name in own or bool({(verb, name), ("", name)} & SPELLED.keys()) or name == "--prompt"


def is_explained(verb: str, name: str) -> bool:
    """Return whether an option is an error with a reason; `--session-` represents all that begin with it."""
    full = "--session-keychain" if name == "--session-" else name
    try:
        parse(import_module(f"shellvault.commands.{verb}").COMMAND, [full], {})
    except UsageError as error:
        return f"unknown option {full} (" in error.message
    return False


def test_every_command_variable_and_key_of_aws_vault_has_a_row() -> None:
    """The lists come from its manual and source."""
    commands = {word for row in table(DOCUMENT, "Commands") for span in SPAN.findall(row[0]) for word in span.split()}
    keys = {name for row in table(DOCUMENT, "Config keys") for name in SPAN.findall(row[0])}
    assert set(THEIR_COMMANDS.split()) - commands == set()
    assert set(THEIR_KEYS.split()) - keys == set()
    assert set(THEIR_VARIABLES.split()) - set(documented_variables()) == set()


def test_every_command_of_aws_vault_exists_here_or_explains_why_not() -> None:
    """Commands without a counterpart are in the table of explanations."""
    assert set(THEIR_COMMANDS.split()) == {"help", "version"} | (
        set(THEIR_COMMANDS.split()) & {*VERBS, *ALIASES, *NOT_THERE}
    )


def test_the_document_lists_the_variables_that_the_program_follows() -> None:
    """Each variable in the code's tables is documented as followed, and each documented one occurs in the code."""
    also = {option.also for verb in VERBS for option in options(verb) if option.also}
    own = {*variables.DURATIONS, *variables.EVERY_PROFILE, *variables.OWN_PROFILE, "AWS_MIN_TTL", *also}
    followed = {name for name, what in documented_variables().items() if what == "followed"}
    assert own - followed == set()
    assert [name for name in followed if f'"{name}"' not in CODE] == []
    assert [name for name, what in documented_variables().items() if what == "import" and f'"{name}"' not in CODE] == []


def test_the_module_for_aws_vaults_variables_is_loaded_for_exactly_those_it_reads() -> None:
    """A variable that is missing from the settings' list would be ignored."""
    read = {*variables.DURATIONS, *variables.EVERY_PROFILE, *variables.OWN_PROFILE}
    assert read == AWS_VAULT_VARIABLES


def test_the_document_is_right_about_each_option() -> None:
    """An option is accepted, or it is an error that says what to type instead."""
    told = [row for row in rows() if row[0] in VERBS]
    assert [row for row in told if is_documented_as_accepted(row[2]) != is_accepted(*row[:2])] == []
    assert [row for row in told if not is_documented_as_accepted(row[2]) and not is_explained(*row[:2])] == []


def test_the_document_and_the_program_know_the_same_options() -> None:
    """Options for aws-vault's session storage are listed by their common prefix."""
    told = {(verb if row[1] != "all" else "", span.split()[0]) for row in table(DOCUMENT, "Options")
            for verb in row[1].split(", ") for span in SPAN.findall(row[0])}  # fmt: skip
    answered = {pair for pair in (*INSTEAD, *SPELLED) if not pair[1].startswith("--session-") or pair in told}
    assert answered - told == set()
    assert {name for verb, name in told if verb == "none"} == set(BEFORE_ANY.split())
    assert {name for verb, name in told if verb == "migrate-backend"} == set(MIGRATION.split())
