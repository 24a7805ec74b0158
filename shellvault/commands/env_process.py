"""A profile that asks shellvault when it is needed: no secret stands in the environment, nor in DIRENV_DIFF."""

from __future__ import annotations

import os
import sys

from shellvault.awsconfig import reader
from shellvault.core import environment
from shellvault.core.model import digest
from shellvault.system.atomic_file import encode_text, exclusive, replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.core.environment import Changes


def enter_process(app: App, name: str, region: str) -> Changes:
    """Return what makes SDKs ask for `name` through credential_process; nothing is minted yet.

    Raises:
        ShellvaultError: no chain leads to the profile, or the generated file cannot be written.
    """
    plan = app.plan(name)
    region = region or plan.profile.get("region")
    own = reader.path(app.environ)
    file = os.path.join(app.home, "profiles", digest("profile", own, name))
    with exclusive(file):  # direnv may load the same folder in several shells at once
        replace_file(file, encode_text(_section(name, region)))
    return environment.enter_process(app.environ, name, file, own, region)


def _section(name: str, region: str) -> str:
    from shlex import join, quote  # as botocore splits both, the name too

    header = "default" if name == "default" else f"profile {quote(name)}"
    ask = join([sys.executable, "-I", "-m", "shellvault", "exec", name, "--json"])
    return f"[{header}]\ncredential_process = {ask}\n" + (f"region = {region}\n" if region else "")
