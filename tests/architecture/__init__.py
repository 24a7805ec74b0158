"""The shape of the package, read from its source: which module may import which, and what only one place may touch."""
