"""Settings for tests of single modules: those of a command line without options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shellvault.argparser import Arguments
from shellvault.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.settings import Settings


def make_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment, by default this process's, in this process's folder."""
    return load_settings(Arguments({}, (), (), {}), os.environ if environ is None else environ, str(Path.cwd()))
