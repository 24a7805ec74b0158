"""The options that choose a role without a profile: from a command line to a `RoleChoice`."""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import is_iam_arn
from shellvault.core.environment import PREVIOUS, VIA
from shellvault.core.errors import UsageError
from shellvault.core.model import is_account
from shellvault.core.role_choice import RoleChoice, is_role_name, parse_via
from shellvault.core.shell_memory import find_in_history, is_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.argparser import Arguments

_OPTIONS = _ROLE_ARN, _SSO, _ACCOUNT, _ROLE = "--role-arn", "--sso", "--account", "--role"
_SWITCHED_ON = "1"
_JSON = "--json"
_FOR_WHAT_IS_HELD = ("--refresh", "--unset")


def choose_role(arguments: Arguments, environ: Mapping[str, str]) -> RoleChoice | None:
    """Return the role that options choose, or that a word such as `-` means, or that the shell holds; None if none.

    Raises:
        UsageError: the options are incomplete, contradict each other, or cannot be right.
    """
    options, word = arguments.options, arguments.first
    if options.get(_JSON):  # a program asks for one profile, and must not get another's credentials
        options = {name: value for name, value in options.items() if name not in arguments.variables}
    if options.get(_SSO) == _SWITCHED_ON:  # of `login`, where the sso-session stands in the profile's place
        options = {name: value for name, value in options.items() if name != _SSO}
        if _ACCOUNT in options or _ROLE in options:
            options, word = {**options, _SSO: word}, ""
    if any(name in options for name in _OPTIONS) and not any(options.get(name) for name in _FOR_WHAT_IS_HELD):
        return _read_options(options, word)
    if is_back(word):
        _name, via = find_in_history(environ.get(PREVIOUS, ""), word)
        return parse_via(via, is_given=True) if via else None
    return parse_via(environ.get(VIA, ""), is_given=False)


def _read_options(options: Mapping[str, str], word: str) -> RoleChoice:
    for name in _OPTIONS:
        if options.get(name) == "":
            raise UsageError(f"{name} is empty", f"give it a value, or leave out {name}; an unset variable?")
    if arn := options.get(_ROLE_ARN, ""):
        return _over_session(arn, word, options)
    session = options.get(_SSO, "")
    given, missing = (
        [name for name in (_SSO, _ACCOUNT, _ROLE) if (name in options) == wanted] for wanted in (True, False)
    )
    if missing:
        raise UsageError(f"{given[0]} needs {missing[0]} beside it", "see shellvault env --help")
    if word:
        raise UsageError(f"{_SSO} takes no profile beside it, and '{word}' is one", f"leave out '{word}'")
    account, role = options[_ACCOUNT], options[_ROLE]
    if not is_account(account):
        raise UsageError(f"{_ACCOUNT}: '{account}' is not an account's id", "give its twelve digits, without dashes")
    if not is_role_name(role):
        raise UsageError(f"{_ROLE}: '{role}' is not a role's name", "give the name that the AWS access portal shows")
    return RoleChoice(session, "", account, role)


def _over_session(arn: str, base: str, options: Mapping[str, str]) -> RoleChoice:
    if other := next((name for name in (_SSO, _ACCOUNT, _ROLE) if name in options), ""):
        raise UsageError(f"{_ROLE_ARN} and {other} name two roles", f"leave out {other}, or {_ROLE_ARN}")
    if not is_iam_arn(arn, "role/"):
        raise UsageError(f"{_ROLE_ARN}: '{arn}' is not the ARN of a role", "write it as arn:aws:iam::ACCOUNT:role/NAME")
    if not base or is_back(base):
        raise UsageError(
            f"{_ROLE_ARN} needs the profile whose session assumes the role",
            "name it, too: shellvault use PROFILE --role-arn ARN",
        )
    return RoleChoice(base, arn, "", "")
