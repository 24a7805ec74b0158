"""The formats of `export`, read back by the programs they are meant for."""
