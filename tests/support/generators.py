"""Where the generators of clients are, which `make test` installs."""

from pathlib import Path

CLIENTS = Path(__file__).parents[1] / "clients"
PYTHON = CLIENTS / ".venv" / "bin"
NODE = CLIENTS / "node_modules" / ".bin"


def find() -> bool:
    """Whether both are installed."""
    return (PYTHON / "openapi-python-client").exists() and (NODE / "openapi-typescript").exists()
