"""Checks the value of every variable with the tables that the commands themselves use."""

from __future__ import annotations

import sys
from functools import partial

from shellvault.compat.awsvault.variables import apply_variables
from shellvault.core.chain.resolve import SessionOptions
from shellvault.core.chain.sts_parameters import require_duration
from shellvault.core.durations import parse_duration, parse_timeout
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.key_age import parse_limit
from shellvault.core.option_values import check_value, name_variables, parse_switch
from shellvault.doctor.finding import from_error
from shellvault.settings import SSO_FLOWS
from shellvault.shell.dialects import DIALECTS, find_dialect
from shellvault.storage.backends import choose_backend, translate_aws_vault_backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from shellvault.argparser import Option
    from shellvault.doctor.finding import Finding

    Check = Callable[[str, str], object]

_AGENT = ("auto", "on", "off")
_LONGEST_TICK = 4  # digits


def check_settings(environ: Mapping[str, str], options: Iterable[Option]) -> Iterator[Finding]:
    """Check the variables of these options, and those that have no option."""
    checks = {variable: check for option in options for variable, check in _list_checks(option)} | _CHECKS
    for variable, check in checks.items():
        if text := environ.get(variable):
            yield from _try(partial(check, text, variable))
    yield from _try(lambda: apply_variables(SessionOptions(), environ))


def _try(check: Callable[[], object]) -> Iterator[Finding]:
    try:
        check()
    except ShellvaultError as error:
        yield from_error(error)


def _list_checks(option: Option) -> Iterator[tuple[str, Check]]:
    """Yield the check of an option's value for each of its variables."""
    for variable in filter(None, (option.variable, option.also)):
        if not option.value:
            yield variable, lambda text, name: parse_switch(name, text)
        elif option.kind:
            yield variable, partial(check_value, option.kind)


def _require_word(words: tuple[str, ...]) -> Callable[[str, str], None]:
    def check(text: str, variable: str) -> None:
        if text not in words:
            raise UsageError(f"{variable} is '{text}'", f"set it to one of: {', '.join(words)}")

    return check


def _check_tick(text: str, variable: str) -> None:
    if not (text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= _LONGEST_TICK):
        raise UsageError(f"{variable} is '{text}', so the prompt is not redrawn", "set it to 1 to 9999 seconds")


def _check_backend(text: str, variable: str) -> None:
    try:
        choose_backend(text, None, lambda _: True, sys.platform)
    except UsageError as error:
        name_variables(error, {"--backend": variable})
        raise


def _check_shell(text: str, variable: str) -> None:
    try:
        find_dialect(text)
    except UsageError as error:
        raise UsageError(f"{variable}: {error.message}", f"choose one of: {', '.join(DIALECTS)}") from None


def _check_session(text: str, variable: str) -> None:
    require_duration(parse_duration(text, variable), f"a session by {variable}")


_CHECKS: dict[str, Callable[[str, str], object]] = {
    "SHELLVAULT_AGENT": _require_word(_AGENT),
    "SHELLVAULT_DURATION": _check_session,
    "AWS_VAULT_DURATION": _check_session,
    "SHELLVAULT_BACKEND": _check_backend,
    "SHELLVAULT_SHELL": _check_shell,
    "SHELLVAULT_KEY_AGE": parse_limit,
    "SHELLVAULT_LOCK_AFTER": parse_duration,
    "SHELLVAULT_SSO_FLOW": _require_word(SSO_FLOWS),
    "SHELLVAULT_TICK": _check_tick,
    "SHELLVAULT_TIMEOUT": lambda text, _variable: parse_timeout(text),
    "AWS_MIN_TTL": parse_duration,
    "AWS_VAULT_BACKEND": lambda text, _variable: translate_aws_vault_backend(text, sys.platform),
}
"""Variable -> its check, for variables that no option's table covers."""
