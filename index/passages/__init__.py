"""An article becomes embedded passages."""
