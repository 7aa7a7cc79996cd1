"""The worker: jobs become sends, outcomes become records."""
