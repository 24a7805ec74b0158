"""IAM Identity Center for people: signing in ahead of need, and a profile for every role."""
