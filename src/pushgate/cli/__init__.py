"""The `pushgate` command and its subcommands."""
