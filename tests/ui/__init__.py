"""Prompt drivers: the programs that provide an MFA code, and how they are run."""
