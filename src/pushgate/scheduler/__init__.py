"""Due messages become jobs, and work that was lost is submitted again."""
