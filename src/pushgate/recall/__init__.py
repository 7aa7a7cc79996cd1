"""Messages are taken back from the terminals that have them, where the vendor can do that."""
