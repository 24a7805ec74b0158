"""direnv, the real one, in living shells: what it loads, when it loads it again, and that nothing stays behind."""
