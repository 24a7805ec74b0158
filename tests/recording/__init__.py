"""The recording of a live shell in the README: played in a real terminal, and drawn as an SVG."""
