"""The made modules of the Python client: types from the code's own OpenAPI document, and the
synchronous half from the asynchronous one.
"""

import subprocess
import sys
from pathlib import Path

from clients.generator.api_document import CLIENTS, document
from clients.generator.python_types import source
from clients.generator.synchronous import synchronous

PACKAGE = CLIENTS / "python" / "src" / "pushgate_client"
_ASYNC = "async_"


def write(into: Path) -> list[Path]:
    """Write the made modules into a folder; return their files."""
    sources = {"types.py": source(document())}
    for module in sorted(PACKAGE.glob(f"{_ASYNC}*.py")):
        sources[module.name.removeprefix(_ASYNC)] = synchronous(module.read_text("utf-8"))
    for name, text in sources.items():
        (into / name).write_text(text, "utf-8")
    written = [into / name for name in sources]
    ruff = (Path(sys.executable).parent / "ruff", "--config", CLIENTS.parent / "pyproject.toml", "--quiet")
    for command in (("check", "--no-cache", "--fix", "--select", "I"), ("format", "--no-cache")):
        subprocess.run([*ruff, *command, *written], check=True)  # noqa: S603  # our own files
    return written
