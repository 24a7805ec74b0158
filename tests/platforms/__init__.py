"""shellvault where there is no Linux: macOS as far as it can be simulated, and Windows as far as that goes."""

SYNCS = "SHELLVAULT_TEST_SYNCS"
"""A variable with the path of a file that gets a line for each F_FULLFSYNC."""
