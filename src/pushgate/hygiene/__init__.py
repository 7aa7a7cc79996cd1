"""Hygiene: registries are kept compact, their terms true, and silent terminals are removed."""
