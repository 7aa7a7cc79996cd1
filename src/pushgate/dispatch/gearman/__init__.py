"""The Gearman client. No other package imports pygearman, so another client can replace it."""
