"""Shells: detecting them, the statements that they evaluate, and the output formats of `export`."""
