"""Stage 8, the vendors: one module each."""
