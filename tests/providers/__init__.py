"""Credentials from other sources than a stored key pair: programs, web identities, ambient credentials, SSO."""
