"""Limits of the size of audiences, as written and with their saved audiences in place. Pure.

A message names at most `MAX_SAVED_NAMES` saved audiences, each of which is bounded together with
those that it names. So nothing that is planned is larger than the product.
"""

MAX_DEPTH = 10
"""Nodes on the way from an expression to its innermost part."""
MAX_NODES = 100
"""Nodes of one expression."""
MAX_IDS = 10_000
"""Ids that all lists of one expression have together."""
MAX_TEXT = 16 * 1024
"""Bytes of an expression's JSON without its lists of ids. Every read of a message costs them."""
MAX_SAVED_NAMES = 10
"""Saved audiences that one expression names."""
MAX_SAVED = 1000
"""Saved audiences of one app."""
MAX_SAVED_IDS = 1_000_000
"""Ids that all saved audiences of one app list together."""
MAX_EXPANDED_NODES = 200
"""Nodes of a saved audience together with those that it names."""
MAX_EXPANDED_IDS = 10_000
"""Ids of a saved audience together with those that it names."""
MAX_EXPANDED_DEPTH = 30
"""Nodes within each other of a saved audience together with those that it names."""
