"""The hook in living shells, in pseudo-terminals."""
