"""Stores of earlier versions of the key space, carried over to this version's."""
