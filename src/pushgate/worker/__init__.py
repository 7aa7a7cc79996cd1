"""Stage 7, the worker: jobs become sends, outcomes become records."""
