"""The real direnv in interactive shells: what it loads, when it reloads, and that it leaves nothing behind."""
