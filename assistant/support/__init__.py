"""What a citation must hold: exact quotes, markers in their places, and passages that say what a statement says."""
