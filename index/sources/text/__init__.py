"""Bytes and markup become clean text."""
