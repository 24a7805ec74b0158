"""The shell hook in real interactive shells, in pseudo-terminals."""
