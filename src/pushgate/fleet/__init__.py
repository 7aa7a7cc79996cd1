"""The processes of one installation: their heartbeats, and the problems that they have."""
