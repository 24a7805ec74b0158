"""The options that shape a session beside its profile: from a command line to a `SessionChoice`."""

from __future__ import annotations

from shellvault.core.chain.sts_parameters import is_iam_arn
from shellvault.core.environment import KEEPS, PREVIOUS, VIA
from shellvault.core.errors import UsageError
from shellvault.core.model import is_account, is_role_name
from shellvault.core.role_choice import RoleChoice
from shellvault.core.scope import MOST_ARNS, Scope, parse_arns
from shellvault.core.session_choice import SessionChoice, read_choice
from shellvault.core.shell_memory import find_in_history, is_back
from shellvault.system.policy_file import read_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.argparser import Arguments

_ROLES = _ROLE_ARN, _SSO, _ACCOUNT, _ROLE = "--role-arn", "--sso", "--account", "--role"
_SCOPES = _READ_ONLY, _POLICY_ARN, _POLICY = "--read-only", "--policy-arn", "--policy"
_SESSION_NAME = "--session-name"
_SWITCHED_ON = "1"


def choose(arguments: Arguments, environ: Mapping[str, str], expand: Callable[[str], str]) -> SessionChoice:
    """Return what options choose, what a word such as `-` means, or what the shell holds; `expand` is for paths.

    Raises:
        UsageError: the options are incomplete, contradict each other, or cannot be right.
    """
    options, word = arguments.options, arguments.first
    if options.get("--unset"):
        return SessionChoice()
    if options.get("--refresh") or environ.get(KEEPS):
        return read_choice(environ.get(VIA, ""), is_given=True)
    if options.get("--json"):  # a program asks for one profile, and must not get another's credentials
        options = {name: value for name, value in options.items() if name not in {*arguments.variables} & {*_ROLES}}
    options = _drop_overridden(options, arguments)
    if options.get(_SSO) == _SWITCHED_ON:  # of `login`, where the sso-session stands in the profile's place
        options = {name: value for name, value in options.items() if name != _SSO}
        if _ACCOUNT in options or _ROLE in options:
            options, word = {**options, _SSO: word}, ""
    before = find_in_history(environ.get(PREVIOUS, ""), word)[1] if is_back(word) else environ.get(VIA, "")
    choice = read_choice(before, is_given=is_back(word))
    role = _read_role(options, word) if any(name in options for name in _ROLES) else choice.role
    name = options.get(_SESSION_NAME) or choice.session_name
    return SessionChoice(role, _read_scope(options, expand) or choice.scope, choice.held_scope, name)


def _drop_overridden(options: Mapping[str, str], arguments: Arguments) -> Mapping[str, str]:
    """Return the options without those from variables that choose another role than the command line does."""
    typed = {name for name in _ROLES if name in options and name not in arguments.variables}
    others = {*_ROLES[1:]} if typed == {_ROLE_ARN} else {_ROLE_ARN} if typed else set()
    return {name: value for name, value in options.items() if name not in others & arguments.variables.keys()}


def _read_scope(options: Mapping[str, str], expand: Callable[[str], str]) -> Scope | None:
    if not any(options.get(name) for name in _SCOPES):
        return None
    text, file = options.get(_POLICY_ARN, ""), options.get(_POLICY, "")
    arns = parse_arns(text, _POLICY_ARN) if text else ()
    if options.get(_READ_ONLY) and len(arns) == MOST_ARNS:
        raise UsageError(f"AWS takes {MOST_ARNS} managed policies at most, and {_READ_ONLY} is one", "leave one out")
    return Scope(
        is_read_only=bool(options.get(_READ_ONLY)),
        policy_arns=arns,
        policy=read_policy(expand(file), f"{_POLICY}: {file}") if file else "",
        policy_file=file,
    )


def _read_role(options: Mapping[str, str], word: str) -> RoleChoice:
    if arn := options.get(_ROLE_ARN, ""):
        return _over_session(arn, word, options)
    if options.get(_SSO) == "":
        raise UsageError(f"{_SSO} does not say which sso-session", "shellvault login --sso SESSION, and so on")
    given, missing = (
        [name for name in (_SSO, _ACCOUNT, _ROLE) if (name in options) == wanted] for wanted in (True, False)
    )
    if missing:
        raise UsageError(f"{given[0]} needs {missing[0]} beside it", "write --sso SESSION --account ID --role NAME")
    if word:
        raise UsageError(f"{_SSO} takes no profile beside it, and '{word}' is one", f"leave out '{word}'")
    account, role = options[_ACCOUNT], options[_ROLE]
    if not is_account(account):
        raise UsageError(f"{_ACCOUNT}: '{account}' is not an account's id", "give its twelve digits, without dashes")
    if not is_role_name(role):
        raise UsageError(f"{_ROLE}: '{role}' is not a role's name", "give the name that the AWS access portal shows")
    return RoleChoice(options[_SSO], "", account, role)


def _over_session(arn: str, base: str, options: Mapping[str, str]) -> RoleChoice:
    if other := next((name for name in (_SSO, _ACCOUNT, _ROLE) if name in options), ""):
        raise UsageError(f"{_ROLE_ARN} and {other} name two roles", f"leave out {other}, or {_ROLE_ARN}")
    if not is_iam_arn(arn, "role/"):
        raise UsageError(f"{_ROLE_ARN}: '{arn}' is not the ARN of a role", "write it as arn:aws:iam::ACCOUNT:role/NAME")
    if not base or is_back(base):
        raise UsageError(
            f"{_ROLE_ARN} needs the profile whose session assumes the role",
            "name it, too: PROFILE --role-arn ARN",
        )
    return RoleChoice(base, arn, "", "")
