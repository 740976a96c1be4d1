"""Runs a question set, and keeps what came of it."""
