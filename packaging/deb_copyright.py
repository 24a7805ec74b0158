"""Prints the Debian package's copyright file: `deb_copyright.py LICENSE ENVIRONMENT`, for all that is in it."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution
from pathlib import Path

HEADER = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: shellvault
Comment: The package has its own copies of the libraries below, as their authors published them. The texts of their
 licenses, and whose they are, stand beside them, in the folder that is named.
"""


def main() -> None:
    """Print shellvault's own paragraph, and one for each library."""
    license_file, environment = map(Path, sys.argv[1:])
    text = license_file.read_text(encoding="utf-8")
    holders = [line for line in text.splitlines() if line.startswith("Copyright")]
    (site,) = environment.glob("lib/python*/site-packages")
    libraries = [folder for folder in sorted(site.glob("*.dist-info")) if not folder.name.startswith("shellvault-")]
    lines = [HEADER, f"Files: *\nCopyright: {' '.join(holders)}\nLicense: MIT\n{_indent(text)}", *map(_tell, libraries)]
    sys.stdout.write("\n".join(lines))


def _tell(folder: Path) -> str:
    """Return the paragraph of a library: where it is, and the license that its metadata names."""
    license_name = _license(Distribution.at(folder))
    where = f"Files: usr/lib/shellvault/lib/*/{folder.name}\nCopyright: see there\n"
    return f"{where}License: {license_name}\n see {folder.name}\n"


def _license(library: Distribution) -> str:
    metadata = library.metadata
    classifiers = [value for value in metadata.get_all("Classifier", []) if value.startswith("License ::")]
    words = metadata["License-Expression"] or (metadata["License"] or "").partition("\n")[0]
    return words or " and ".join(value.rpartition(" :: ")[2] for value in classifiers) or "unknown"


def _indent(text: str) -> str:
    return "".join(f" {line}\n" if line.strip() else " .\n" for line in text.splitlines())


if __name__ == "__main__":
    main()
