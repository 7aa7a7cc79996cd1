"""The worker: sends the pushes of jobs, and records their outcomes."""
