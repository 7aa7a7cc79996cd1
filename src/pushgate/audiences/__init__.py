"""Audience expressions: their JSON form, and the saved audiences that they may name."""
