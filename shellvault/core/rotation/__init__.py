"""Replaces an access key step by step, so that no crash loses one."""
