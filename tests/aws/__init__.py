"""A loopback AWS, as strict as the real one, and the tests that hold it to that."""
