"""`pushgate doctor`: a report about an installation that has no secrets in it."""
