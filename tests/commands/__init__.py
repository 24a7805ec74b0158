"""Commands as their users meet them."""
