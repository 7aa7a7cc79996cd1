"""Stage 4, push time: due messages become jobs."""
