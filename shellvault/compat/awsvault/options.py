"""aws-vault's options and commands that are not ours: our name for them, or what to use instead; see docs/aws-vault.md.

Used only where a command line does not fit our own grammar.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SPELLED = {
    ("add", "--no-add-config"): "--no-config",
    ("add", "--add-config"): "",
    ("", "--parallel-safe"): "",
    ("exec", "--ecs-server"): "--server",
}
"""(verb, or empty for every verb; aws-vault's option) -> ours; empty where it asks for what happens anyway."""

_METADATA = (
    "a server at the address of EC2's metadata needs root, and would serve every user and container of this machine",
    "shellvault exec --server PROFILE -- COMMAND; the AWS CLI and SDKs know it as well",
)
_STORAGE = (
    "shellvault has its own vaults, without such options",
    "--backend chooses the vault; shellvault import --from aws-vault reads aws-vault's, and its variables",
)
_SIGN_IN = (
    "the URL of a sign-in is always printed, on stderr",
    "leave it out; SHELLVAULT_SSO_FLOW=device signs in on another device",
)
_ALSO_FOR_SESSIONS = (
    "--keychain",
    "--secret-service-collection",
    "--pass-dir",
    "--pass-cmd",
    "--pass-prefix",
    "--passage-identities-file",
    "--file-dir",
    "--op-vault-id",
    "--op-item-title-prefix",
    "--op-item-tag",
    "--proton-pass-share-id",
    "--proton-pass-item-title-prefix",
)
_STORAGE_FLAGS = (
    *_ALSO_FOR_SESSIONS,
    *(name.replace("--", "--session-", 1) for name in _ALSO_FOR_SESSIONS),
    "--session-backend",
    "--op-timeout",
    "--op-connect-host",
    "--op-desktop-account-id",
    "--proton-pass-api-base",
    "--proton-pass-timeout",
    "--biometrics",
)
INSTEAD = {
    ("exec", "--ec2-server"): _METADATA,
    **{("", name): _STORAGE for name in _STORAGE_FLAGS},
    ("exec", "--stdout"): _SIGN_IN,
    ("export", "--stdout"): _SIGN_IN,
    ("exec", "--profile-env"): (
        "`env --process` puts a profile and no secret into the environment",
        'eval "$(shellvault env --process PROFILE)"',
    ),
    ("login", "--device-code"): ("a variable selects the sign-in on another device", "SHELLVAULT_SSO_FLOW=device"),
    **{
        ("remove", name): ("`remove` deletes the key pair too", "to forget only sessions: shellvault clear PROFILE")
        for name in ("--sessions-only", "-s")
    },
}
"""(verb, or empty for every verb; aws-vault's option) -> why it does not exist here, and what to use instead."""

VERBS = {
    "proxy": _METADATA,
    "migrate-backend": (
        "shellvault moves key pairs one by one",
        "shellvault exec NAME -n --backend FROM -- shellvault add NAME --env --backend TO",
    ),
}
"""aws-vault's command -> why it does not exist here, and what to use instead."""

_LEADING = {
    "--debug": False,
    "--no-input": False,
    "--parallel-safe": False,
    "--backend": True,
    "--prompt": True,
}
"""Options that may come before the command, as aws-vault's global ones do, and whether they take a value."""


def translate(verb: str, name: str) -> str | None:
    """Return our name for an option of aws-vault's, empty where it changes nothing; None for any other word."""
    return SPELLED.get((verb, name), SPELLED.get(("", name)))


def instead(verb: str, name: str) -> tuple[str, str]:
    """Return why an option of aws-vault's is missing here, and what to use instead; empty strings for other words."""
    return INSTEAD.get((verb, name)) or INSTEAD.get(("", name), ("", ""))


def split_leading(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the options before the verb, each as one word, and the rest."""
    rest, leading = list(words), []
    while rest and (name := rest[0].partition("=")[0]) in _LEADING:
        word = rest.pop(0)
        if _LEADING[name] and word == name and rest:
            word = f"{name}={rest.pop(0)}"
        leading.append(word)
    return leading, rest


def select_known(leading: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the options that a verb has: aws-vault accepts `--prompt` before any, even if it never asks for a code."""
    known = set(names)
    return [word for word in leading if word.partition("=")[0] in known]
