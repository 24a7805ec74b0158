"""What somebody does who works in fifty accounts from a shell all day."""
