"""Texts for language models; there are none yet."""
