"""Tests of the agent: what it keeps, and for how long."""
