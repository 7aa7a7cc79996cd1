"""Stage 3, the registry: who receives."""
