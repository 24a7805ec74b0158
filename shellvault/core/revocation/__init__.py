"""Takes sessions back at AWS: denies those that are older than a moment, and deactivates keys."""
