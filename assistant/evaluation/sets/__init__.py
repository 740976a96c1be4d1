"""Reads, resolves, checks and drafts question sets."""
