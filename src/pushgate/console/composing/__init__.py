"""A message as people write it in the console: its form, the body that the API takes, previews,
drafts and figures.
"""
