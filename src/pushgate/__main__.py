"""`python -m pushgate` is the `pushgate` command."""

from pushgate.cli.main import app

app()
