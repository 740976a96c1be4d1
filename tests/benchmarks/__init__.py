"""Measurements that are run by hand; docs/benchmarks.md has the commands and what they gave."""
