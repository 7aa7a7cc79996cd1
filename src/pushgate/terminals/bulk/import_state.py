"""The progress of an import, and the results of its lines. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from pushgate.domain.errors import FieldError

MAX_LISTED_LINES = 1000
"""Bad lines that are listed; all are counted."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that was not registered, and why."""

    line: int
    errors: list[FieldError]


class ImportState(msgspec.Struct, kw_only=True):
    """The results of the lines so far. Lines up to `lines` are done."""

    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    lines: int = 0
    created: int = 0
    updated: int = 0
    failed: int = 0
    bad_lines: list[BadLine] = []
    warnings: dict[tuple[str, str], int] = {}
    """By field and text, how many terminals they are about."""
    digest: bytes = b""
    """Stands for the content of the lines that are done."""

    def add(self, window: "Outcome") -> None:
        """Add the results of the next lines. A stopped import that gets further lines goes on."""
        if window.lines > self.lines:
            self.finished_at = None
        self.lines, self.digest = window.lines, window.digest
        self.created += window.created
        self.updated += window.registered - window.created
        self.failed += window.failed
        self.bad_lines += window.bad_lines[: MAX_LISTED_LINES - len(self.bad_lines)]
        for warning, count in window.warnings.items():
            key = warning.field, warning.message
            self.warnings[key] = self.warnings.get(key, 0) + count


@dataclass(slots=True)
class Outcome:
    """What became of some lines: those after the lines before, up to `lines`."""

    lines: int = 0
    digest: bytes = b""
    registered: int = 0
    created: int = 0
    failed: int = 0
    bad_lines: list[BadLine] = field(default_factory=list)
    warnings: Counter[FieldError] = field(default_factory=Counter)

    def fail(self, line: int, errors: Sequence[FieldError]) -> None:
        """Count a bad line."""
        self.failed += 1
        if len(self.bad_lines) < MAX_LISTED_LINES:
            self.bad_lines.append(BadLine(line, list(errors)))


encode_state = msgspec.msgpack.Encoder().encode
decode_state = msgspec.msgpack.Decoder(ImportState).decode
