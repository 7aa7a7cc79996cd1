"""The registry of terminals: who may receive, grouped by vendor and language, each with a slot in
its group.
"""
