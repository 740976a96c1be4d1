"""Articles become embedded passages."""
