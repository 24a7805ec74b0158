"""The vaults of the operating system: Secret Service, KWallet, macOS keychain, Windows Credential Manager."""
