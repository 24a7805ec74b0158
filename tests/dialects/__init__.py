"""Every dialect, evaluated by the shells that speak it."""
