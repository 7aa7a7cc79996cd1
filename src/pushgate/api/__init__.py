"""Stage 1, the front door: HTTP requests in, domain values out."""
