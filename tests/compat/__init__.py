"""Compatibility with aws-vault."""
