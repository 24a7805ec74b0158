"""End-to-end tests of the session broker: concurrency, failures, session identity, requests, secrecy, the warm path."""
