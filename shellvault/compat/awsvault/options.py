"""aws-vault's words that are not ours: what they are called here, or what to use instead. docs/aws-vault.md has all.

Looked at only where a command line does not fit our own grammar.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SPELLED = {
    ("add", "--no-add-config"): "--no-config",
    ("add", "--add-config"): "",
    ("", "--parallel-safe"): "",
}
"""(verb, or none for every verb; aws-vault's option) -> ours; the empty string where it asks for what is so anyway."""

_SERVER = (
    "there is no server for credentials yet",
    "in ~/.aws/config: credential_process = shellvault exec PROFILE --json; SDKs then ask again by themselves",
)
_STORAGE = (
    "shellvault's vaults are its own, and have no places to choose within",
    "--backend chooses the vault; shellvault import --from aws-vault reads aws-vault's, and obeys its variables",
)
_SIGN_IN = (
    "the address of a sign-in is printed at any rate, on stderr",
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
    **{("exec", name): _SERVER for name in ("--server", "-s", "--ecs-server", "--ec2-server", "--lazy")},
    **{("", name): _STORAGE for name in _STORAGE_FLAGS},
    ("exec", "--stdout"): _SIGN_IN,
    ("export", "--stdout"): _SIGN_IN,
    ("exec", "--profile-env"): (
        "a profile in the environment, and no secret, is what `env --process` gives",
        'eval "$(shellvault env --process PROFILE)"',
    ),
    ("login", "--device-code"): ("a sign-in on another device is a setting here", "SHELLVAULT_SSO_FLOW=device"),
    **{
        ("remove", name): ("`remove` deletes the key pair too", "to forget only sessions: shellvault clear PROFILE")
        for name in ("--sessions-only", "-s")
    },
}
"""(verb, or none for every verb; aws-vault's option) -> why it is not there, and what to type instead."""

VERBS = {
    "proxy": _SERVER,
    "migrate-backend": (
        "there is no `migrate-backend`",
        "shellvault exec NAME -n --backend FROM -- shellvault add NAME --env --backend TO",
    ),
    "completion": (
        "the hook completes as well",
        'eval "$(shellvault hook bash)", or zsh; in fish: shellvault hook fish | source',
    ),
}
"""aws-vault's command -> why it is not there, and what to type instead."""

_BEFORE_THE_VERB = {
    "--debug": False,
    "--no-input": False,
    "--parallel-safe": False,
    "--backend": True,
    "--prompt": True,
}
"""Options that may stand before the command, as aws-vault's general ones may, and whether they take a value."""


def translate(verb: str, name: str) -> str | None:
    """Return what an option of aws-vault's is called here, empty where it changes nothing; None for any other word."""
    return SPELLED.get((verb, name), SPELLED.get(("", name)))


def instead(verb: str, name: str) -> tuple[str, str]:
    """Return why an option of aws-vault's is not there, and what to type instead; two empty strings for other words."""
    return INSTEAD.get((verb, name)) or INSTEAD.get(("", name), ("", ""))


def split_leading(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the options that stand before the verb, each as one word, and the rest."""
    rest, leading = list(words), []
    while rest and (name := rest[0].partition("=")[0]) in _BEFORE_THE_VERB:
        word = rest.pop(0)
        if _BEFORE_THE_VERB[name] and word == name and rest:
            word = f"{name}={rest.pop(0)}"
        leading.append(word)
    return leading, rest


def select_known(leading: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return those that a verb has: aws-vault takes `--prompt` before any, even one that never asks for a code."""
    known = set(names)
    return [word for word in leading if word.partition("=")[0] in known]
