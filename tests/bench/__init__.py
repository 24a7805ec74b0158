"""How fast shellvault is, measured against the start of the interpreter it runs in."""
