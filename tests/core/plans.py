"""Plans made from a config file's text and the names of stored key pairs, as a command line would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.chain import resolve
from shellvault.core.chain.links import AssumeRole, SessionToken, StoredKey
from shellvault.core.model import digest

if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain

MFA = "arn:aws:iam::111122223333:mfa/alice"
ROLE = "arn:aws:iam::111122223333:role/"
HOUR = 3600


def plan(text: str, name: str, *keys: str, duration: int = 0, no_session: bool = False) -> ResolvedChain:
    """Return the plan for a profile of this config file, with a key pair under each of `keys`."""
    book = Profiles(Config(text), {key: digest("key pair of", key) for key in keys}, {})
    return resolve.resolve(name, book, resolve.SessionOptions(duration=duration, no_session=no_session))


def role(text: str, name: str, *keys: str, duration: int = 0, no_session: bool = False) -> AssumeRole:
    """Return the last link of a plan that has to be a role."""
    last = plan(text, name, *keys, duration=duration, no_session=no_session).chain
    assert isinstance(last, AssumeRole)
    return last


def token(text: str, name: str, *keys: str, duration: int = 0) -> SessionToken:
    """Return the last link of a plan that has to be a session token."""
    last = plan(text, name, *keys, duration=duration).chain
    assert isinstance(last, SessionToken)
    return last


def steps(link: Chain) -> list[str]:
    """Return a chain as words, from its key pair on: `key base`, `token 43200 mfa`, `role prod 3600`."""
    if isinstance(link, StoredKey):
        return [f"key {link.name}"]
    assert isinstance(link, SessionToken | AssumeRole)
    kind = "token" if isinstance(link, SessionToken) else f"role {link.role_arn.removeprefix(ROLE)}"
    return [*steps(link.source), f"{kind} {link.duration}" + (" mfa" if link.mfa_serial else "")]
