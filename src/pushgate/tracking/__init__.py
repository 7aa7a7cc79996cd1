"""What became of a message, whether it is small or large: one face for all who ask."""
