"""Signing in to the AWS console: where that is in each partition, and how the browser gets there."""
