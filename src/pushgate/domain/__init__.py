"""Values of the domain: apps, terminals, messages, outcomes, errors. Uses the standard library
alone.
"""
