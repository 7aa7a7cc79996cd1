"""The processes of one installation: the identity of their store, their heartbeats, and what is
wrong.
"""
