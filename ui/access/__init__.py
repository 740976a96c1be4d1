"""Access control of a server: users and keys, their roles and sessions, and the audit log."""
