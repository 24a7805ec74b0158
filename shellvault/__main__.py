"""`python -m shellvault`, and the console script."""

from __future__ import annotations

from shellvault.cli import main

if __name__ == "__main__":
    main()
