"""The tests: a package tree, so that helpers are imported by name."""
