"""What `export` writes, read back by who is meant to read it."""
