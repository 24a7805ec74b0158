"""What is shipped and what is documented: the wheel, README and the pages in docs/."""
