"""The credentials endpoint, as seen by programs, by web pages and by the machine's other users."""
