"""`lend`, tried with OpenSSH's own server on loopback as the far side."""
