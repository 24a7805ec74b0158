"""shellvault where there is no Linux: macOS as far as it can be simulated, and Windows as far as that goes."""
