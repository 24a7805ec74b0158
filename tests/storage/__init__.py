"""Tests of the places where key pairs and sessions rest."""
