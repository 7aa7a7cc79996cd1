"""What is wrong with one terminal, and what to do about it."""
