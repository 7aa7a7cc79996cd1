"""JSON of the API <-> domain values. Pure; errors that a schema cannot see are added to a list."""
