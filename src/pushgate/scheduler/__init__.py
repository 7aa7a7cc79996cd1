"""The scheduler: turns due messages into jobs, and submits lost work again."""
