"""Clients that generators make from the OpenAPI document work: types are checked, and calls are
made over HTTP.

`make test` installs the generators in tests/clients; without them this file is left out.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.served import Served, serve
from tests.support.generators import CLIENTS, MODULES, NODE, PYTHON


async def run(*command: str | Path, cwd: Path) -> str:
    """Run a command; its output."""
    environment = {**os.environ, "PATH": f"{PYTHON}:{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        output, errors = await process.communicate()
    assert process.returncode == 0, (output + errors).decode()
    return output.decode()


async def described(served: Served, folder: Path) -> Path:
    """The document, as the server gives it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        document = (await client.get(f"{address(served)}/openapi.json")).content
    file = folder / "openapi.json"
    file.write_bytes(document)  # a small file
    return file


def address(served: Served) -> str:
    return f"http://127.0.0.1:{served.port}"


def check(told: dict[str, Any], terminal: str) -> None:
    assert told == {
        "terminal": terminal,
        "vendor": "apns",
        "id": told["id"],
        "warnings": told["warnings"],
        "status": "dispatching",
        "sound": "ding.caf",
        "targeted": 0,
        "listed": [told["id"]],
        "problem": "not_found",
    }


@pytest.fixture
def key(clients: ApiClients) -> str:
    return clients.shop.headers["Authorization"].removeprefix("Bearer ")


async def test_a_python_client_is_generated_and_works(clients: ApiClients, key: str, tmp_path: Path) -> None:
    async with serve(clients) as served:
        document = await described(served, tmp_path)
        config = CLIENTS / "openapi-python-client.yaml"
        options = f"--meta none --fail-on-warning --config {config} --path {document} --output-path generated"
        await run(PYTHON / "openapi-python-client", "generate", *options.split(), cwd=tmp_path)
        told = await run(
            PYTHON / "python", CLIENTS / "calls.py", tmp_path, address(served), key, cwd=tmp_path
        )
    check(json.loads(told), "py-1")


async def test_a_typescript_client_is_generated_and_works(
    clients: ApiClients, key: str, tmp_path: Path
) -> None:
    async with serve(clients) as served:
        document = await described(served, tmp_path)
        await run(NODE / "openapi-typescript", document, "-o", tmp_path / "schema.d.ts", cwd=tmp_path)
        for name in ("calls.ts", "tsconfig.json"):
            shutil.copy(CLIENTS / name, tmp_path)
        (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")  # a small file
        (tmp_path / "node_modules").symlink_to(MODULES)
        await run(NODE / "tsc", "--project", tmp_path, cwd=tmp_path)
        told = await run("node", tmp_path / "calls.js", address(served), key, cwd=tmp_path)
    check(json.loads(told), "ts-1")
