"""Benchmarks, relative to the startup time of the Python interpreter."""
