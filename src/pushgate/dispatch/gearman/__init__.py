"""The Gearman client: the only package that imports pygearman, so that another client can replace it."""
