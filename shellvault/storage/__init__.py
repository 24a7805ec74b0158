"""Where key pairs, sessions and refresh tokens are kept."""
