"""Where `import` finds key pairs that are in plaintext."""
