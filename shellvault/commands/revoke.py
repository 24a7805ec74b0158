"""`revoke`: ends the sessions of a profile's role or user at AWS, by a policy that denies everything to older ones."""

from __future__ import annotations

import time
from functools import partial

from shellvault.agent.lends import end_lends
from shellvault.agent.places import list_sockets
from shellvault.argparser import ANY_ROLE, COMMON, MFA_TOKEN, PROMPT, Command, Option
from shellvault.commands import VERBS
from shellvault.commands.revoke_signers import make_signers
from shellvault.core.chain.resolve import resolve
from shellvault.core.chain.sts_parameters import SHORTEST
from shellvault.core.environment import PROFILE
from shellvault.core.errors import AwsRefusedError, AwsUnreachableError, CancelledError, DeclinedError, UsageError
from shellvault.core.profile_summary import summarize
from shellvault.core.record import Record
from shellvault.core.revocation.affected import find_affected_by_role, find_affected_by_user, is_session_of, resolve_all
from shellvault.core.revocation.denial import DenialRequest, deny_older, find_user
from shellvault.core.revocation.deny_policy import POLICY_NAME
from shellvault.core.revocation.principals import explain_refusal
from shellvault.core.revocation.signing_links import find_key, find_role, widen
from shellvault.core.rotation.journal import signer
from shellvault.core.text import abbreviate_names, quote_word, sanitize
from shellvault.request import Answer
from shellvault.storage import session_log
from shellvault.storage.panic_file import PanicFile
from shellvault.system.deadline import time_since_boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.commands.revoke_signers import Signers
    from shellvault.core.chain.links import StoredKey
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.revocation.affected import Affected
    from shellvault.core.revocation.denial import Denial, Signer
    from shellvault.core.revocation.principals import Principal
    from shellvault.request import Request
    from shellvault.settings import Settings
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "revoke",
    VERBS["revoke"],
    positionals=("[PROFILE]",),
    options=(*ANY_ROLE, Option("--yes", "do not ask"), MFA_TOKEN, PROMPT, *COMMON),
    details="""\
Ends every session of the profile's role that was issued before now, including other people's, by adding the policy
AWSRevokeOlderSessions as the AWS console does. For a key pair, it ends the sessions of the key's user; the key pair
itself keeps working. Then it forgets the cached sessions, and waits a second, after which new ones work.

The role's own session adds the policy, or else the credentials that it is assumed with, if they are in the same
account. They need iam:PutRolePolicy and iam:GetRolePolicy (for a user iam:PutUserPolicy and iam:GetUserPolicy).
Sessions of roles that were assumed from this role stay valid: revoke those as well.

After a theft, use shellvault panic.
""",
)


class Revocation(Record):
    """What is revoked: a role, or, if there is none, the user of a key pair; `brief` is the chain that signs."""

    name: str
    role: Principal | None
    key: StoredKey | None
    resolved: ResolvedChain
    brief: ResolvedChain

    @property
    def title(self) -> str:
        """What questions call it."""
        return self.role.title if self.role else f"the user of the key pair '{self.key.name if self.key else ''}'"


def run(app: App, arguments: Arguments) -> Answer:
    """Deny the older sessions, forget them, and wait until new ones are not among them."""
    if not (name := app.settings.choose_name(arguments.first)):
        held = quote_word(app.request.environ.get(PROFILE) or "PROFILE")
        raise UsageError("no profile given", f"shellvault revoke {held}; shellvault list shows the profiles")
    wanted = _plan(name, app.profiles, app.settings)
    if not arguments.has("--yes"):
        _confirm(wanted, app.ui, app.request.words)
    log = app.request, app.settings
    signers = make_signers(app.broker, app.providers, app.network, app.storage, app.profiles, log)
    affected = _find_affected(wanted, app.profiles, app.settings)
    affected = affected.with_roles(app.storage.session_cache().notes(), wanted.role)
    before = signers.find_key_id(affected.own, wanted.role) if wanted.role else ""
    principal, denial, key_id = _deny(wanted, affected, signers)
    if wanted.key:
        PanicFile(app.storage.home, app.ui.notice).see_active(wanted.key.fingerprint)
    is_ended = partial(is_session_of, principal)
    facts = ("", before or key_id, principal.account, "" if principal.is_user else principal.name)
    session_log.note(*log, session_log.REVOKED, wanted.name, facts)
    forgotten = app.storage.forget_sessions(affected.has, is_ended)
    lent = _end_lends(affected, app.request)
    _wait_until(denial.passes_at, wanted.name)
    app.storage.forget_sessions(affected.has, is_ended)  # what another shell has obtained in the meantime is older, too
    return Answer(stdout=_describe(wanted, principal, denial, forgotten, affected) + lent)


def _end_lends(affected: Affected, request: Request) -> str:
    """Take back what is lent of these profiles, and say so: whoever has it would get a new session."""
    names, tell = sorted(affected.own | affected.over), request.terminal.write
    ended = [each for path in list_sockets(request.environ) for name in names for each in end_lends(path, name, tell)]
    lines = [f"'{sanitize(each.profile)}' is no longer lent to '{sanitize(each.lent_to)}'.\n" for each in ended]
    return "".join(lines)


def _plan(name: str, profiles: Profiles, settings: Settings) -> Revocation:
    """Return what is to be revoked; AWS is not asked.

    Raises:
        ShellvaultError: there is no such profile, or AWS offers no way to revoke its sessions.
    """
    options = settings.session_options.replace(is_whole=True)  # a role is revoked, whatever narrows it
    resolved = resolve(name, profiles, options)
    role = find_role(name, resolved.chain, summarize(name, profiles).source)
    brief = resolve(name, profiles, options.replace(role=SHORTEST))
    return Revocation(name, role, find_key(resolved.chain), resolved, brief)


def _confirm(wanted: Revocation, ui: Ui, words: Sequence[str]) -> None:
    others = "that anyone has obtained so far"
    if not wanted.role:
        others = "that exists now, however it was obtained; the key pair itself goes on working"
    about = f"this ends every session of {wanted.title} {others}"
    verb = words.index(COMMAND.name) + 1
    line = " ".join(map(quote_word, ("shellvault", *words[:verb], "--yes", *words[verb:])))
    if not ui.confirm_by_word("End them?", [about], line):
        raise DeclinedError("nothing was revoked", "type the whole word yes")


def _deny(wanted: Revocation, affected: Affected, signers: Signers) -> tuple[Principal, Denial, str]:
    """Deny the older sessions; return whose they are, what AWS denies, and the id of the user's key, if it is a user.

    Raises:
        ShellvaultError: nothing was denied.
    """
    try:
        return _try_to_deny(wanted, affected, signers)
    except KeyboardInterrupt:
        raise CancelledError("interrupted; AWS may deny the sessions already", "run the same command again") from None


def _try_to_deny(wanted: Revocation, affected: Affected, signers: Signers) -> tuple[Principal, Denial, str]:
    if wanted.role:
        found = signers.for_role(wanted.brief, widen(wanted.brief.chain), affected.own)
        return wanted.role, _deny_or_explain(wanted.role, found), ""
    if wanted.key is None:
        raise TypeError("neither a role nor a key pair")
    mfa = signer(wanted.resolved.chain, no_session=False)
    found = signers.for_user(wanted.resolved, wanted.key, mfa if mfa and mfa.mfa_serial else None)
    user = find_user(found[0], wanted.key.name)
    return user, _deny_or_explain(user, found), found[0].key_id


def _deny_or_explain(principal: Principal, signers: Sequence[Signer]) -> Denial:
    """Deny the older sessions of a role or user.

    Raises:
        AwsRefusedError: AWS refused; the hint has the console's page.
        ShellvaultError: it was not possible.
    """
    asked: list[int] = []
    try:
        return deny_older(DenialRequest(principal, intend=asked.append), signers)
    except AwsRefusedError as error:
        hint = "; or ".join(filter(None, (error.hint, explain_refusal(principal, error.message))))
        raise AwsRefusedError(f"nothing was revoked: {error.message}", hint) from error
    except AwsUnreachableError as error:
        if not asked:
            raise
        time.sleep(1)  # after which new sessions are younger, if AWS has heard of it
        again = "run the same command again, to be sure"
        raise AwsUnreachableError(f"{error.message}; the sessions may be ended already", again) from error


def _find_affected(wanted: Revocation, profiles: Profiles, settings: Settings) -> Affected:
    names = profiles.names()
    options = settings.session_options.replace(is_whole=True)
    chains = [wanted.resolved, *resolve_all(names, lambda name: resolve(name, profiles, options))]
    if wanted.role:
        return find_affected_by_role(wanted.role, chains, names)
    prints = profiles.fingerprints
    same = {name for name in prints if wanted.key and prints[name] == wanted.key.fingerprint}
    return find_affected_by_user(same, chains, names)


def _wait_until(passes_at: float, name: str) -> None:
    """Wait until AWS's clock has passed the moment, in seconds since boot."""
    try:
        time.sleep(max(0.0, passes_at - time_since_boot()))
    except KeyboardInterrupt:
        again = f"the sessions are ended; wait a second, then: shellvault use --fresh {quote_word(name)}"
        raise CancelledError("interrupted", again) from None


def _describe(wanted: Revocation, principal: Principal, denial: Denial, forgotten: str, affected: Affected) -> str:
    lines = [f"Every session of {principal.title} that was issued before {denial.moment} is denied everything."]
    if not denial.passes_at:
        lines.append(f"The policy {POLICY_NAME} was there already, with this time; new sessions work from then on.")
    lines.append("AWS takes seconds, sometimes minutes, to apply this everywhere.")
    if forgotten:
        lines.append(f"Forgot {forgotten}.")
    if wanted.key:
        name = quote_word(wanted.key.name)
        lines.append(f"The key pair itself goes on working; to stop it: shellvault panic {name}")
    if affected.over:
        what = "roles assumed with it" if wanted.key else "other roles assumed from it"
        names = abbreviate_names(sorted(affected.over))
        lines.append(f"Sessions of {what} ({names}) are still valid; revoke those as well.")
    if wanted.name in affected.known and denial.passes_at:
        lines.append(f"A new one: shellvault use {quote_word(wanted.name)}")
    return "".join(f"{line}\n" for line in lines)
