"""Tests of each command, run as a user runs it."""
