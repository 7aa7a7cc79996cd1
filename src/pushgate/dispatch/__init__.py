"""Stage 6, Gearman: jobs travel to workers."""
