"""What gets an MFA code: the programs behind the drivers, and how they are run."""
