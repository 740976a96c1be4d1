"""Finding and scoring passages for a question."""
