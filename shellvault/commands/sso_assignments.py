"""A person's sign-in to IAM Identity Center, and the roles it opens, for `login --sso` and `sso profiles`."""

from __future__ import annotations

from shellvault.argparser import Option
from shellvault.commands import sso_sign_ins
from shellvault.core.chain.identity_center import resolve_sign_in
from shellvault.core.chain.links import SsoRole
from shellvault.core.chain.resolve import ResolvedChain
from shellvault.core.model import Session
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.core.chain.links import SignIn
    from shellvault.core.model import KeyPair, Profile
    from shellvault.providers.sso_provider import Assignment

USE_DEVICE_CODE = Option("--use-device-code", "sign in with a code, in the browser of any device")


class SsoDirectory(Record):
    """A sign-in that is valid until `expires_at` (epoch seconds), the profile that it was made for, and its roles.

    `was_valid` says that nobody had to do anything for it.
    """

    profile: Profile
    link: SignIn
    expires_at: int
    was_valid: bool
    assignments: tuple[Assignment, ...]


def sign_in_and_list(app: App, word: str) -> SsoDirectory:
    """Sign in where that is needed, and return what the person may do; `word` is an sso-session, a profile or empty.

    Raises:
        ShellvaultError: nobody signed in, or AWS did not tell.
    """
    book = app.book()
    profile = sso_sign_ins.choose_sign_in(word, book)
    link = resolve_sign_in(profile, book)
    portal = SsoRole(
        profile=link.profile,
        source=link,
        account_id="",
        role_name="",
        region=link.region,
        endpoint=book.endpoint(profile, "sso"),
    )
    plan = ResolvedChain(profile, (profile.name,), link, ())

    before = app.sessions().get(link.identity)

    def opened(token: KeyPair | Session | None) -> SsoDirectory:
        assignments = app.minting(plan).assignments(portal, token)
        expires_at = token.expires_at if isinstance(token, Session) else 0
        return SsoDirectory(profile, link, expires_at, token == before, assignments)

    return app.vault(plan).using(link, opened)


def describe_count(assignments: Sequence[Assignment]) -> str:
    """Return how many roles in how many accounts, as people say it."""
    accounts = len({assignment.account_id for assignment in assignments})
    return f"{_many(len(assignments), 'role')} in {_many(accounts, 'account')}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
