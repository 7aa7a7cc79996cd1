"""What the Dockerfile copies from the repository."""

import re

from docs.site.documents import ROOT

_COPY = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)


def copied_by_stage() -> list[list[str]]:
    """The files and folders that each stage copies, by their paths from the root."""
    _, *stages = (ROOT / "Dockerfile").read_text("utf-8").split("\nFROM ")
    return [[name for found in _COPY.findall(stage) for name in found.split()] for stage in stages]
