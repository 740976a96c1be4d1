"""Runs a question set, and keeps the results."""
