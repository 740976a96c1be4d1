"""One archive of everything that cannot be rebuilt: made while a server writes, verified, and restored completely."""
