"""A message as people write it in the console: form, document of the API, previews. Pure."""
