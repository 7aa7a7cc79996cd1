"""Prometheus' own tool, which knows its conventions."""

import asyncio
import shutil
from collections.abc import Sequence


def find() -> str | None:
    """The path of promtool, None where it is not installed."""
    return shutil.which("promtool")


async def complaints(arguments: Sequence[str], text: str = "") -> str:
    """What promtool says of a text on its standard input, or of files; '' when all is well."""
    tool = find()
    assert tool is not None
    process = await asyncio.create_subprocess_exec(
        tool,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(text.encode())
    return said.decode() if process.returncode or text else ""
