"""What surrounds the routes: access, rate limits, logs, metrics, and the form of failures."""
