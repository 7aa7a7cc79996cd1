"""Commands that call the API of a running Pushgate; they import nothing of the server."""
