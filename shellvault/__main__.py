"""`python -m shellvault`, and the console script."""

from __future__ import annotations

import gc

gc.disable()  # before the imports: in one short command, collecting garbage costs more than the garbage

from shellvault.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
