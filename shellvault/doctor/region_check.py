"""Checks that AWS has the regions that the config file and the environment name."""

from __future__ import annotations

from shellvault.aws.region_names import explain_region
from shellvault.core.errors import ShellvaultError
from shellvault.doctor.finding import WARN, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shellvault.awsconfig.profiles import Profiles

_SETTINGS = ("region", "sso_region")
_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION", "SHELLVAULT_REGION")


def check_regions(load_profiles: Callable[[], Profiles], environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check the regions of all profiles and sso-sessions, and of the environment."""
    for variable in _VARIABLES:
        if fault := explain_region(environ.get(variable, "")):
            yield Finding(WARN, f"{variable}: {fault}", f"correct or unset {variable}")
    try:
        sections = load_profiles().config.raw_sections()
    except ShellvaultError:  # the check of profiles reports it
        return
    for header, settings in sections:
        for key in _SETTINGS:
            if fault := explain_region(settings.get(key, "")):
                yield Finding(WARN, f"{key} in [{header}]: {fault}", f"correct {key} in the config file")
