"""Whether AWS still accepts the session in this shell: one that was revoked there looks like any other here."""

from __future__ import annotations

from shellvault.core import environment
from shellvault.core.errors import AwsRefusedError, ShellvaultError
from shellvault.core.model import KeyPair, Session
from shellvault.core.partitions import home_region
from shellvault.core.record import Secret
from shellvault.core.text import quote_word
from shellvault.doctor.finding import BAD, NOTE, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.settings import Settings


def check_caller(
    name: str,
    settings: Settings,
    resolve: Callable[[str], ResolvedChain],
    profiles: Profiles,
    tell: Callable[[str], None],
) -> Finding:
    """Ask AWS whose the credentials in this shell are."""
    from shellvault.aws.caller import find_caller
    from shellvault.aws.network import find_network

    try:
        resolved = resolve(name)
        chain, endpoint = resolved.chain, profiles.endpoint(resolved.profile)
        region = resolved.profile.settings.get("region") or chain.region or home_region("aws")
        network = find_network(settings, profiles.ca_bundle(resolved.profile), tell)
        arn = find_caller(_read(settings.environ), name, chain, (region, endpoint), network)
    except AwsRefusedError as error:
        message = f"AWS no longer accepts the credentials of '{name}' in this shell: {error.message}"
        return Finding(BAD, message, f'eval "$(shellvault env {quote_word(name)} --fresh)"', error.status)
    except ShellvaultError as error:
        return Finding(NOTE, f"{error.message}; AWS could not be asked about the session in this shell", error.hint)
    return Finding(OK, f"AWS accepts the credentials of '{name}' in this shell: {arn}")


def _read(environ: Mapping[str, str]) -> Session | KeyPair:
    key_id, secret, token = (environ.get(name, "") for name in environment.CREDENTIALS[:3])
    return Session(key_id, Secret(secret), Secret(token), 0, 0) if token else KeyPair(key_id, Secret(secret))
