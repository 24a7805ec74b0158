"""`revoke` and `panic`: sessions and keys that are taken back at AWS."""
