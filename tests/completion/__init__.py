"""What Tab offers, asked of the program as a shell asks it."""
