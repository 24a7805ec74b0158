"""The sealed file: a vault under a passphrase, for systems without an OS keyring."""
