"""MFA codes: asks the user, runs the profile's mfa_process, or lets a device work out the code."""
