"""The message queue: messages and their schedule."""
