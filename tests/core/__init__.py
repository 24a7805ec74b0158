"""The pure core: config, chains, environments, durations, endpoints, the grammar. No process, no network."""
