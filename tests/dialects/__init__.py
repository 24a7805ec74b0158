"""Every dialect in the shells that speak it."""
