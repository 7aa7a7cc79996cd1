"""The commands that run one process each. A process imports nothing of the others."""
