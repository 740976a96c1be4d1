"""Passages become a draft of an answer."""
