"""Ways to ask a person for an MFA code."""
