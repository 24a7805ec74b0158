"""Detection of the calling shell, and running of real shells in all tests."""
