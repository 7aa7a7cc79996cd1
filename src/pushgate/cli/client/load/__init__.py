"""`pushgate load`: a load through a whole set-up, with the sandbox as vendor."""
