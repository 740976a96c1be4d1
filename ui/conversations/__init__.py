"""Conversations that are kept for users, and how removed articles are erased from them."""
