"""The configuration: the sections of `pushgate.toml`, and how file and environment become settings."""
