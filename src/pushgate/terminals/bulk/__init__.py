"""Registers many new terminals at once, by plain commands that are packed here instead of
scripts.
"""
