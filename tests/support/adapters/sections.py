"""Sections of the sandbox's vendors in the two forms that they may have: contents, or paths of
files with the contents.
"""

from collections.abc import Mapping
from pathlib import Path

from pushgate.adapters.registry import vendors

_FILE = "_file"


def with_contents(section: Mapping[str, object]) -> dict[str, object]:
    """The section with the contents of all files in place of their paths."""
    return {
        name.removesuffix(_FILE): Path(str(value)).read_text("utf-8") if name.endswith(_FILE) else value
        for name, value in section.items()
    }


def with_files(vendor: str, section: Mapping[str, object], folder: Path) -> dict[str, object]:
    """The section with its secrets in files of this folder, each with an empty line at its end."""
    written = with_contents(section)
    for name in sorted(vendors()[vendor].secrets & written.keys()):
        file = folder / f"{vendor}-{name}"
        file.write_text(f"{written.pop(name)}\n\n", "utf-8")
        written[name + _FILE] = str(file)
    return written
