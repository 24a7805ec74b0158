"""Compatibility with other programs."""
