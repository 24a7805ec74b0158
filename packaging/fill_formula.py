"""Fills in the template of the Homebrew formula: `fill_formula.py HOMEPAGE URL SHA256 PYLOCK PYLOCK`.

The two lock files say what macOS and Linux need, and where the sources are. Their hashes must be in requirements.txt.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
FROM_HOMEBREW = {"cryptography", "cffi", "pycparser"}
"""What the formula depends on as a formula, since it is compiled, and what only that needs."""


def main() -> None:
    """Print the formula."""
    homepage, url, sha256, *lock_files = sys.argv[1:]
    on_macos, on_linux = (_resources(Path(file)) for file in lock_files)
    only_linux = "\n".join(_indent(text) for text in on_linux if text not in on_macos)
    blocks = [*on_macos, f"  on_linux do\n{only_linux}  end\n"]
    formula = (HERE / "shellvault.rb").read_text().partition("\n")[2]
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    values = {"DESCRIPTION": project["description"], "HOMEPAGE": homepage, "URL": url, "SHA256": sha256}
    for name, value in values.items():
        formula = formula.replace(f"@{name}@", value)
    sys.stdout.write(formula.replace("  # @RESOURCES@\n", "\n".join(blocks)))


def _resources(lock_file: Path) -> list[str]:
    """Return a block for each package that Homebrew does not have."""
    locked = (HERE / "requirements.txt").read_text()
    packages = tomllib.loads(lock_file.read_text())["packages"]
    blocks = []
    for package in packages:
        sha256 = package["sdist"]["hashes"]["sha256"]
        if f"sha256:{sha256}" not in locked:
            sys.exit(f"{package['name']}: its source is not locked in packaging/requirements.txt")
        if package["name"] not in FROM_HOMEBREW:
            blocks.append(_resource(package["name"], package["sdist"]["url"], sha256))
    return blocks


def _resource(name: str, url: str, sha256: str) -> str:
    return f'  resource "{name}" do\n    url "{url}"\n    sha256 "{sha256}"\n  end\n'


def _indent(block: str) -> str:
    return "".join(f"  {line}\n" for line in block.splitlines())


if __name__ == "__main__":
    main()
