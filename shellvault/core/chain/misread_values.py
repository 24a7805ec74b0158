"""Finds values that AWS's programs read differently than intended: a comment or quotes became part of one. Pure."""

from __future__ import annotations

from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHOUT_BLANKS = (
    "role_arn", "mfa_serial", "region", "external_id", "role_session_name", "source_identity", "credential_source",
    "use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls", "sts_regional_endpoints",
    "endpoint_url", "services", "sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name",
)  # fmt: skip
"""Settings in whose values no white space makes sense; a `source_profile` may have blanks, so it is looked up first."""


def refuse_misread(name: str, settings: Mapping[str, str], kind: str = "profile") -> None:
    """Refuse values of a section that contain a comment, quotes or another setting: a role must not get lost unnoticed.

    Raises:
        UsageError: there is such a value; the hint says how to write it.
    """
    for key, value in settings.items():
        if "\n" in value and key != "session_tags":
            _refuse_swallowed_lines(f"{kind} '{name}'", key, value)
        if key in _WITHOUT_BLANKS and (hint := advise(key, value)):
            raise UsageError(f"{key} of {kind} '{name}' is '{value}'", hint)


def advise(key: str, value: str) -> str:
    """Return how to rewrite a value with a trailing comment or quotes around it; the empty string if it has none."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return f"write {key} = {value[1:-1]}: quotes around a value are part of it"
    meant = min((value.partition(sign)[0].rstrip() for sign in (" #", " ;", "\t#", "\t;")), key=len)
    if meant == value or not meant:
        return ""
    comment = value[len(meant) :].strip()
    return f"write {key} = {meant}, and '{comment}' on a line of its own: behind a value it is part of it"


def _refuse_swallowed_lines(whose: str, key: str, value: str) -> None:
    lost = [line for line in value.split("\n")[1:] if "=" in line]
    if lost:
        raise UsageError(
            f"{whose}: the indented line '{lost[0]}' continues the value of '{key}'",
            "remove the spaces before it in the config file",
        )
