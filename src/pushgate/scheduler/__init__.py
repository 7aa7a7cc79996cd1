"""Due messages become jobs."""
