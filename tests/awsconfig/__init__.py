"""Reading and writing AWS config files."""
