"""Key rotation, complete and interrupted."""
