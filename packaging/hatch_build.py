"""Makes the man page and the completions while the wheel is built, as files of the wheel; hatchling runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPLETIONS = {
    "bash": "share/bash-completion/completions/shellvault",
    "zsh": "share/zsh/site-functions/_shellvault",
    "fish": "share/fish/vendor_completions.d/shellvault.fish",
}
MAN_PAGE = "share/man/man1/shellvault.1"


class SharedFiles(BuildHookInterface[Any]):
    """Adds them to `share` of the environment that the wheel is installed in."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make them from this source, whatever shellvault is installed."""
        if version == "editable":
            return
        sys.path[:0] = [self.root, str(Path(self.root, "packaging"))]
        from man_page import make_page
        from shellvault.commands.completion import completion_file

        self._folder = TemporaryDirectory()
        texts = {MAN_PAGE: make_page(), **{path: completion_file(shell) for shell, path in COMPLETIONS.items()}}
        for path, text in texts.items():
            file = Path(self._folder.name, path)
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            build_data["shared_data"][str(file)] = path

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact: str) -> None:
        """Remove them from here."""
        if version != "editable":
            self._folder.cleanup()
