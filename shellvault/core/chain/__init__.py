"""Resolves a profile to its chain of links: the root credentials and the steps on top. Pure."""
