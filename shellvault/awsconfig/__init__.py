"""Reads and edits AWS config files."""
