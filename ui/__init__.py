"""The user interfaces: command line, server and chat page. Nothing here knows how an answer is made."""
