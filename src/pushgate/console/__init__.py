"""The console: pages for people in the API process.

It is a client of the API, and has no power of its own.
"""
