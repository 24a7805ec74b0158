"""How the calling shell is found, and how every test runs a real shell."""
