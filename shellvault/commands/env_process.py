"""A profile that asks shellvault when it is needed: no secret is in the environment, nor in DIRENV_DIFF."""

from __future__ import annotations

import os
import sys

from shellvault.awsconfig.document import profile_header
from shellvault.awsconfig.reader import Config
from shellvault.core import environment
from shellvault.core.model import digest
from shellvault.storage.trusted_files import TrustedFiles, look_at_config
from shellvault.system.atomic_file import encode_text, exclusive, replace_file
from shellvault.system.paths import generated_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.shell_memory import Changes
    from shellvault.settings import Settings


def enter_process(resolved: ResolvedChain, settings: Settings) -> Changes:
    """Return what makes SDKs ask for a profile through credential_process; no session is obtained yet.

    Raises:
        ShellvaultError: the generated config file cannot be written.
    """
    name, own = resolved.profile.name, settings.config_file
    region = settings.region or resolved.profile.settings.get("region", "")
    file = os.path.join(generated_folder(settings.home), digest("profile", own, name))
    with exclusive(file):  # direnv may load the same folder in several shells at once
        text = _section(name, region)
        replace_file(file, encode_text(text))
        trusted, made = TrustedFiles(settings), look_at_config(file, Config(text))[0]
        if made not in trusted.entries():  # where only AWS's own variables are passed on, it is read like any other
            trusted.put(made)
    return environment.enter_process(settings.environ, name, resolved.chain.account, (file, own), region)


def _section(name: str, region: str) -> str:
    from shlex import join  # botocore splits the command the same way

    command = join([sys.executable, "-I", "-m", "shellvault", "exec", name, "--json"])
    lines = [profile_header(name), f"credential_process = {command}", *([f"region = {region}"] if region else [])]
    return "".join(f"{line}\n" for line in lines)
