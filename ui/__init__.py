"""The outer surfaces: nothing here knows how an answer is made."""
