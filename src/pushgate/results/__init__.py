"""Stage 9, accounting: who received, who clicked."""
