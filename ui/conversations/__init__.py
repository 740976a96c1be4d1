"""Conversations that are kept for the users who had them, and what of them is forgotten."""
