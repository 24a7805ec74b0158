"""What is shipped, and what is said about it: the wheel, the README and the tables in it."""
