"""A person's sign-in to IAM Identity Center, and the roles it opens, for `login --sso` and `sso profiles`."""

from __future__ import annotations

from shellvault.chains.chain import Plan
from shellvault.chains.links import SsoRole
from shellvault.chains.singlesignon import sign_in
from shellvault.grammar import Option
from shellvault.model import Session
from shellvault.record import Record
from shellvault.sso import signins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shellvault.app import App
    from shellvault.chains.links import SignIn
    from shellvault.minters.sso import Assignment
    from shellvault.model import KeyPair, Profile

USE_DEVICE_CODE = Option("--use-device-code", "sign in with a code, in the browser of any device")


class Directory(Record):
    """A sign-in that is valid until `expires_at` (epoch seconds), the profile that it was made for, and its roles.

    `was_valid` says that nobody had to do anything for it.
    """

    profile: Profile
    link: SignIn
    expires_at: int
    was_valid: bool
    assignments: tuple[Assignment, ...]


def signed_in(app: App, word: str) -> Directory:
    """Sign in where that is needed, and return what the person may do; `word` is an sso-session, a profile or empty.

    Raises:
        ShellvaultError: nobody signed in, or AWS did not tell.
    """
    book = app.book()
    profile = signins.chosen(word, book)
    link = sign_in(profile, book)
    portal = SsoRole(
        profile=link.profile,
        source=link,
        account_id="",
        role_name="",
        region=link.region,
        endpoint=book.endpoint(profile, "sso"),
    )
    plan = Plan(profile, (profile.name,), link, ())

    before = app.sessions().get(link.identity)

    def opened(token: KeyPair | Session | None) -> Directory:
        assignments = app.minting(plan).assignments(portal, token)
        expires_at = token.expires_at if isinstance(token, Session) else 0
        return Directory(profile, link, expires_at, token == before, assignments)

    return app.vault(plan).using(link, opened)


def counted(assignments: Sequence[Assignment]) -> str:
    """Return how many roles in how many accounts, as people say it."""
    accounts = len({assignment.account_id for assignment in assignments})
    return f"{_many(len(assignments), 'role')} in {_many(accounts, 'account')}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
