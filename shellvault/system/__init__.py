"""This machine: files, locks, signals, paths, and other programs."""
