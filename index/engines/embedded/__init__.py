"""The engine of one machine: SQLite, Chroma, a table of vectors and tantivy, in the files of a home folder."""
