"""Calls to AWS through botocore: clients from explicit values, and their errors."""
