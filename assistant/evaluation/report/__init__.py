"""A run as an HTML page, Markdown and JUnit XML."""
