"""A loopback AWS that is as strict as the real one, and the tests that ensure it is."""
