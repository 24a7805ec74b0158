"""Tests of the stores of key pairs, sessions and refresh tokens."""
