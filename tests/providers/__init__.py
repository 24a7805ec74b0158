"""Credentials that come from elsewhere than a key pair: programs, web identities, the surroundings, SSO."""
