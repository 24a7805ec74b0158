"""Tests of what the environment and files elsewhere may do to credentials."""
