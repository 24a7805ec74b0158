"""The heart with everything around it: many processes, failures, identities, exact requests, secrecy, the warm path."""
