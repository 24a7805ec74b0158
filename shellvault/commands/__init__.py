"""One file a verb; each returns a result that the command line prints."""
