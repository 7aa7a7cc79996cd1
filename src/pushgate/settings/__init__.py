"""The configuration: sections of `pushgate.toml`, read from the file and the environment."""
