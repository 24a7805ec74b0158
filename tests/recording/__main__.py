"""`python -m tests.recording`: plays the session and writes docs/live-shell.svg."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.aws.server import AwsServer
from tests.recording.play import play
from tests.recording.svg import drawing
from tests.sandbox import Sandbox

PICTURE = Path(__file__).parents[2] / "docs" / "live-shell.svg"
TITLE = "shellvault in bash, with sessions of 24 seconds instead of an hour"


def main() -> None:
    """Play, draw, and write the picture. It takes a minute, most of it waiting."""
    with AwsServer() as aws, tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder), aws)
        try:
            PICTURE.write_text(drawing(play(sandbox), TITLE))
        finally:
            sandbox.purge()


if __name__ == "__main__":
    main()
