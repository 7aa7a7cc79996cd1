"""The connection to Redis or Valkey, scripts, hash tags, and the version of the key space."""
