"""What turns a link into a session, by asking AWS."""
