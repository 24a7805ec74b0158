"""The promises of SECURITY.md, proven at full size: `python -m tests.nightly` prints a table of them."""
