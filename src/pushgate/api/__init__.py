"""Stage 1, the HTTP API: requests in, calls of the domain and responses out."""
