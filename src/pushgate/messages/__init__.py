"""The message queue: messages, their schedule and their status in Redis."""
