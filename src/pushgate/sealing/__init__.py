"""Secrets at rest: sealed with a master key before they are stored. Pure."""
