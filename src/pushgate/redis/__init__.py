"""Redis or Valkey: the client, scripts, hash tags, bits of blocks, and the version of the key
space.
"""
