"""A question gets scored passages."""
