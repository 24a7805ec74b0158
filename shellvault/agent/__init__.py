"""What answers for programs that outlive a session: the credentials endpoint, and who may ask it."""
