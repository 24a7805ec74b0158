"""From a profile to its chain: what it begins with, the steps on top, and what shaped them. Pure."""
