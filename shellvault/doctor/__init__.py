"""What `doctor` checks, one check a file; a check returns findings and changes nothing."""
