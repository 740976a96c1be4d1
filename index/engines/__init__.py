"""What keeps and searches a collection, behind the interfaces in `engine`."""
