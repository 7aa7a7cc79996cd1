"""`python -m clients.generator`: writes the made modules of the Python client."""

from clients.generator.python_client import PACKAGE, write

if __name__ == "__main__":
    write(PACKAGE)
