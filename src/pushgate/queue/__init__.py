"""Stage 2, the message queue: messages and their schedule."""
