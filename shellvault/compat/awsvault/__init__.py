"""aws-vault's options, environment variables and stores."""
