"""What every surface of a server shares: the open collection, and work on it."""
