"""AWS credentials in the shell you are in, and never an access key in plaintext."""

__version__ = "0.1.0"
