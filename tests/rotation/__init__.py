"""Keys that are rotated, and rotations that are cut short."""
