"""Builds settings from an environment and options, without a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.argparser import Arguments
from shellvault.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.settings import Settings

CWD = "/home"
"""The folder in which the sample command is started."""


def make_settings(environ: Mapping[str, str] | None = None, options: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a command with these options in this environment."""
    return load_settings(Arguments(options or {}, (), (), {}), environ or {}, CWD)
