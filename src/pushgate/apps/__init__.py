"""Who may push through what."""
