"""The domain: values, chains, the session broker and rotation. Imports nothing else of the package."""
