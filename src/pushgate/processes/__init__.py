"""The composition roots: settings in, a running process out.

The only place that knows every part.
"""
