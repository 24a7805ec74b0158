"""A config file other than ~/.aws/config: who may write it, and which file a write would reach."""

from __future__ import annotations

import os

from shellvault.awsconfig.config_powers import is_own_config
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.core.text import quote_word
from shellvault.system.file_owner import find_links, read_owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.settings import Settings

_WHAT = "the config file"


def read_config(settings: Settings) -> Config:
    """Read the config file; a missing one is empty. The default one may belong to others, who mount it there.

    Raises:
        UsageError: it cannot be read, or it is not the default one and others may write it.
    """
    path = settings.config_file
    if is_own_config(path, settings):
        return Config.read(path)
    return Config.read(path, lambda file: read_owned(file, _WHAT))


def find_writable_config(settings: Settings) -> str:
    """Return the path of the config file if we may write it; refuse a broken one before asking the user anything.

    A link in a cloned project must not choose which of the user's files gets written. So on the way to any file but the
    default one, no link may lead out of its folder, or to nothing.

    Raises:
        UsageError: a link does, or others may write the file, or it cannot be read.
    """
    path = settings.config_file
    read_config(settings)
    if is_own_config(path, settings):
        return path
    for link in find_links(path):
        place = os.path.realpath(link)
        if not os.path.exists(place):
            why = f"the link {link} leads to nothing"
            raise UsageError(f"{_WHAT} {path} is not written, because {why}", f"rm {quote_word(link)}")
        if not _is_below(place, os.path.dirname(link)):
            real = os.path.realpath(path)
            raise UsageError(
                f"{_WHAT} {path} is not written, because the link {link} leads elsewhere, to {place}",
                f"if you mean that file, name it: AWS_CONFIG_FILE={quote_word(real)}",
            )
    return path


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
