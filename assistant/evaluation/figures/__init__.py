"""Scores, figures with intervals, comparison of runs, and the gate."""
