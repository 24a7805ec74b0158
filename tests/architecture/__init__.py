"""The shape of the package, read from its source: what may import what, and what only certain modules may touch."""
