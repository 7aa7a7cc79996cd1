"""Content with placeholders, into which each terminal's own values are filled. Pure."""
