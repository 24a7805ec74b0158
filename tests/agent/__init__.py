"""Tests of the agent: how it starts and stops, what it keeps, and how commands use it."""
