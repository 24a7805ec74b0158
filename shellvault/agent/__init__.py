"""The agent: one background process per user and vault, which runs commands for clients that import next to nothing."""
