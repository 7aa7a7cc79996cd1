"""Stage 5, grouping: an audience becomes bits by group and block."""
