"""Resolves the profiles of a config file that is given as text, with key pairs under given names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.chain import resolve
from shellvault.core.chain.links import AssumeRole, SessionToken
from shellvault.core.model import digest
from tests.core.sample_settings import make_settings

if TYPE_CHECKING:
    from shellvault.core.chain.links import Chain
    from shellvault.core.chain.resolve import ResolvedChain

MFA = "arn:aws:iam::111122223333:mfa/alice"
ROLE = "arn:aws:iam::111122223333:role/"
HOUR = 3600


def make_profiles(text: str, *keys: str, **environ: str) -> Profiles:
    """Return the profiles of a config file, with a key pair stored under each of `keys`."""
    return Profiles(Config(text), {key: digest("key pair of", key) for key in keys}, make_settings(environ))


def resolve_profile(text: str, name: str, *keys: str, duration: int = 0, no_session: bool = False) -> ResolvedChain:
    """Return the resolved chain of a profile in this config file."""
    options = resolve.SessionOptions(duration=duration, no_session=no_session)
    return resolve.resolve(name, make_profiles(text, *keys), options)


def resolve_role(text: str, name: str, *keys: str, duration: int = 0, no_session: bool = False) -> AssumeRole:
    """Return the last link of a chain that must end with a role."""
    last = resolve_profile(text, name, *keys, duration=duration, no_session=no_session).chain
    assert isinstance(last, AssumeRole)
    return last


def resolve_session_token(text: str, name: str, *keys: str, duration: int = 0) -> SessionToken:
    """Return the last link of a chain that must end with a session token."""
    last = resolve_profile(text, name, *keys, duration=duration).chain
    assert isinstance(last, SessionToken)
    return last


def describe_chain(chain: Chain) -> list[str]:
    """Return a chain in words, its key pair first: `key base`, `token 43200 mfa`, `role prod 3600`."""
    if key := chain.stored_key:
        return [f"key {key.name}"]
    assert isinstance(chain, SessionToken | AssumeRole)
    kind = "token" if isinstance(chain, SessionToken) else f"role {chain.role_arn.removeprefix(ROLE)}"
    return [*describe_chain(chain.source), f"{kind} {chain.duration}" + (" mfa" if chain.mfa_serial else "")]
