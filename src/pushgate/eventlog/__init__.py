"""Streams of events: what happens to an app's terminals and messages, for its readers."""
