"""`python -m tests.recording [NAME …]`: plays scenes and writes their pictures, docs/NAME.svg."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.aws.server import AwsServer
from tests.recording.play import play
from tests.recording.scenes import SCENES
from tests.recording.svg import drawing
from tests.sandbox import Sandbox

DOCS = Path(__file__).parents[2] / "docs"


def record(name: str) -> None:
    """Play a scene, draw it, and write the picture."""
    scene = SCENES[name]
    with AwsServer() as aws, tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder), aws)
        try:
            (DOCS / f"{name}.svg").write_text(drawing(play(scene, sandbox), scene.title))
        finally:
            sandbox.purge()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SCENES:
        record(chosen)
