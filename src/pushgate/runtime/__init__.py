"""What every process needs: logs, tasks, shutdown, and texts of validation errors."""
