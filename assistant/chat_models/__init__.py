"""Clients of language models: one interface, and the services behind it."""
