"""Signing in to the AWS console."""
