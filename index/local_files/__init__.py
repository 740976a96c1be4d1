"""Files on the local disk: SQLite databases, and the disk they are on."""
