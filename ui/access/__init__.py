"""Who may do what in a server: users and keys, their roles and sessions, and the log of what they did."""
