"""The client of a cluster: slots, the servers that own them, and redirections."""
