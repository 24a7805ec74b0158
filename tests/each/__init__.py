"""`each`: one command in many profiles, side by side."""
