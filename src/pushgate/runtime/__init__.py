"""What every process needs: logs, tasks."""
