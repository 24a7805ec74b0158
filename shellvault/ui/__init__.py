"""The user: notices and questions, MFA codes, the passphrase, the browser."""
