"""Ways to an answer for kinds of questions that a single passage does not answer."""
