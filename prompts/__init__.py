"""Texts for language models, one file a prompt; assistant/readers/prompting.py reads and checks them."""
