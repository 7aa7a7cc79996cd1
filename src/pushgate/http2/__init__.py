"""HTTP towards vendors; nothing in here is specific to push."""
