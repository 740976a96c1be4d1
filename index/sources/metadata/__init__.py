"""Who wrote an article, when, and for whom: names of fields, bylines, dates and headers."""
