"""Makes what the client libraries have in common with the API: `python -m clients.generator`."""
