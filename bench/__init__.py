"""Benchmarks; each prints a ratio to a reference measured in the same run."""
