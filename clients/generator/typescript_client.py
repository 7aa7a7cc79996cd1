"""The made module of the TypeScript client: types, by openapi-typescript, from the code's own
OpenAPI document.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from clients.generator.api_document import CLIENTS, document

PACKAGE = CLIENTS / "typescript"
GENERATOR = PACKAGE / "node_modules" / ".bin" / "openapi-typescript"
"""What `npm ci --ignore-scripts` in the package's folder installs."""
_HEAD = "/** What the API takes and returns. Made by `make clients`; do not edit. */\n\n"
_OPTIONS = ("--root-types", "--root-types-no-schema-prefix", "--root-types-keep-casing")


def write(into: Path) -> Path:
    """Write the made module into a folder; return its file. Raises FileNotFoundError where the
    generator is not installed.
    """
    file = into / "types.ts"
    with tempfile.TemporaryDirectory() as folder:
        described = Path(folder) / "openapi.json"
        described.write_text(json.dumps(_schemas(document())), "utf-8")
        # A field with a default may be left out of a request.
        options = [*_OPTIONS, "--default-non-nullable", "false"]
        command: list[str | Path] = [GENERATOR, described, "-o", file, *options]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # our own files
    _, start, rest = file.read_text("utf-8").partition("export interface components")
    # What follows is about operations, of which the document has none.
    types = rest.partition("export type $defs")[0]
    file.write_text(_HEAD + start + types, "utf-8")
    return file


def _schemas(described: dict[str, Any]) -> dict[str, Any]:
    """Return a document with the schemas alone: methods are written by hand."""
    schemas = {"schemas": described["components"]["schemas"]}
    return {**described, "paths": {}, "components": _without_titles(schemas)}


def _without_titles(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a document without titles, which say what the names say."""
    kept = {name: value for name, value in part.items() if name != "title" or not isinstance(value, str)}
    return {name: _cleared(value) for name, value in kept.items()}


def _cleared(value: object) -> object:
    if isinstance(value, dict):
        return _without_titles(value)
    return [_cleared(one) for one in value] if isinstance(value, list) else value
