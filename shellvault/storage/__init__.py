"""Where key pairs and sessions rest."""
