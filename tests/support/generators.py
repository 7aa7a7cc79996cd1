"""Where the generators of clients are, which `make test` installs."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests" / "clients"
PYTHON = CLIENTS / ".venv" / "bin"
TYPESCRIPT = ROOT / "clients" / "typescript"
MODULES = TYPESCRIPT / "node_modules"
NODE = MODULES / ".bin"


def find_node_tools() -> bool:
    """Whether those for TypeScript are installed."""
    return (NODE / "openapi-typescript").exists()


def find() -> bool:
    """Whether all are installed."""
    return (PYTHON / "openapi-python-client").exists() and find_node_tools()
