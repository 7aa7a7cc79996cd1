"""Files that contain secrets: only their owner may read them."""

from pathlib import Path


def read_if_exists(file: Path) -> str | None:
    """The text of the file, None where there is no file."""
    return file.read_text("utf-8") if file.exists() else None


def write_private(file: Path, text: str) -> None:
    """Replace the file in one step, so that no reader ever sees half of it."""
    partial = file.with_name(file.name + ".partial")
    partial.touch(mode=0o600)
    partial.write_text(text, "utf-8")
    partial.replace(file)
