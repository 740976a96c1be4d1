"""Where articles, vectors and full text are kept."""
