"""One archive of everything that cannot be made again: made while a server writes, verified, and restored whole."""
