"""Experiments: compares the results of a message's variants, and tells whether one is clearly the
best. Pure.
"""
