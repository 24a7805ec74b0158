"""Checks whether AWS still accepts the session in this shell; from here, a revoked one looks like any other."""

from __future__ import annotations

from shellvault.core import environment
from shellvault.core.errors import AwsRefusedError, ShellvaultError
from shellvault.core.model import KeyPair, Session
from shellvault.core.partitions import home_region
from shellvault.core.record import Secret
from shellvault.doctor.finding import FAIL, OK, WARN, Finding
from shellvault.doctor.session_check import describe_again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shellvault.aws.network import Network
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import Profile


def check_caller(
    name: str,
    environ: Mapping[str, str],
    resolve: Callable[[str], ResolvedChain],
    find_network: Callable[[Profile], Network],
) -> Finding:
    """Ask AWS who the credentials in this shell belong to."""
    from shellvault.aws.caller import find_caller

    try:
        resolved = resolve(name)
        chain, endpoint = resolved.chain, resolved.endpoint
        region = resolved.profile.settings.get("region") or chain.region or home_region("aws")
        arn = find_caller(_read(environ), name, chain, (region, endpoint), find_network(resolved.profile))
    except AwsRefusedError as error:
        message = f"AWS no longer accepts the credentials of '{name}' in this shell: {error.message}"
        return Finding(FAIL, message, f'eval "$(shellvault env {describe_again(environ)} --fresh)"', error.status)
    except ShellvaultError as error:
        return Finding(WARN, f"{error.message}; AWS could not be asked about the session in this shell", error.hint)
    return Finding(OK, f"AWS accepts the credentials of '{name}' in this shell: {arn}")


def _read(environ: Mapping[str, str]) -> Session | KeyPair:
    key_id, secret, token = (environ.get(name, "") for name in environment.CREDENTIALS[:3])
    return Session(key_id, Secret(secret), Secret(token), 0, 0) if token else KeyPair(key_id, Secret(secret))
