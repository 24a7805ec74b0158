"""A profile that asks shellvault when it is needed: no secret is in the environment, nor in DIRENV_DIFF."""

from __future__ import annotations

import os
import sys

from shellvault.awsconfig.document import profile_header
from shellvault.core import environment
from shellvault.core.model import digest
from shellvault.system.atomic_file import encode_text, exclusive, replace_file
from shellvault.system.paths import generated_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.environment import Changes
    from shellvault.settings import Settings


def enter_process(name: str, region: str, settings: Settings) -> Changes:
    """Return what makes SDKs ask for `name` through credential_process; no session is obtained yet.

    Raises:
        ShellvaultError: the generated config file cannot be written.
    """
    own = settings.config_file
    file = os.path.join(generated_folder(settings.home), digest("profile", own, name))
    with exclusive(file):  # direnv may load the same folder in several shells at once
        replace_file(file, encode_text(_section(name, region)))
    return environment.enter_process(settings.environ, name, file, own, region)


def _section(name: str, region: str) -> str:
    from shlex import join  # botocore splits the command the same way

    command = join([sys.executable, "-I", "-m", "shellvault", "exec", name, "--json"])
    lines = [profile_header(name), f"credential_process = {command}", *([f"region = {region}"] if region else [])]
    return "".join(f"{line}\n" for line in lines)
