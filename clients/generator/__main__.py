"""`python -m clients.generator`: writes the made modules of the client libraries."""

import sys

from clients.generator import python_client, typescript_client

if __name__ == "__main__":
    python_client.write(python_client.PACKAGE)
    if not typescript_client.GENERATOR.exists():
        sys.exit("openapi-typescript is not installed: run `make clients`, which needs npm")
    typescript_client.write(typescript_client.PACKAGE / "src")
