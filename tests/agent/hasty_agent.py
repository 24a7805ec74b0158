"""Runs an agent with shorter times: `python hasty_agent.py SOCKET [NAME=SECONDS…]`; the names are those of `Times`."""

from __future__ import annotations

import sys

from shellvault.agent.life import Times
from shellvault.agent.process import main

if __name__ == "__main__":
    pairs = (word.partition("=") for word in sys.argv[2:] if not word.startswith("-"))
    main(Times(**{name: float(seconds) for name, _, seconds in pairs}))
