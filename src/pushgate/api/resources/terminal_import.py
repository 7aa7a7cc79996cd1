"""`/v1/terminals:import`: registrations as a stream of lines."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import TerminalsCaller, context_of
from pushgate.api.http import json_response, parse, require_media_type
from pushgate.api.json_text import BYTE_ORDER_MARK
from pushgate.api.mapping.terminals import check_configured, to_terminal
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.problems import describe, respond
from pushgate.api.schemas.problems import Import
from pushgate.api.schemas.terminals import TerminalLine
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.clock import Clock
from pushgate.domain.errors import (
    EngineUnavailable,
    FieldError,
    InvalidRequest,
    Overloaded,
    PushgateError,
    RequestTimedOut,
    UnreadableBody,
)
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import may_have_changed
from pushgate.terminals.registration import Registered, TerminalRegistration

router = APIRouter(prefix="/v1", tags=["terminals"])
MEDIA_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")
MAX_LINE = 64 * 1024
"""Bytes of a line."""
BATCH = 1000
"""Terminals that are registered at a time."""
MAX_LISTED_LINES = 1000
"""Bad lines that the response lists."""


@router.post(
    "/terminals:import",
    operation_id="import_terminals",
    responses=response_schema(Import),
    openapi_extra=body_schema(TerminalLine, MEDIA_TYPES[0], lines=True),
)
async def import_terminals(request: Request, configured: TerminalsCaller) -> Response:
    """Register terminals from a stream of any length, one JSON object a line.

    Bad lines do not stop the others; they are counted, and the first 1,000 listed. Safe to send
    again. `warnings` come once each, with the number of terminals that they are about.
    """
    require_media_type(request.headers, MEDIA_TYPES)
    context = context_of(request)
    importer = _Import(configured, context.stores.registration, context.clock)
    try:
        await importer.run(request.stream())
    except (EngineUnavailable, Overloaded, RequestTimedOut) as error:
        return respond(importer.describe(error))
    return json_response(importer.summary.body())


@dataclass(slots=True)
class _Summary:
    """What became of the lines so far. `lines_done` is the number of the last line that is dealt
    with.
    """

    created: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[dict[str, object]] = field(default_factory=list)
    warnings: Counter[FieldError] = field(default_factory=Counter)
    lines_done: int = 0

    def fail(self, line: int, errors: list[FieldError]) -> None:
        """Count a bad line; the first ones are listed."""
        self.failed += 1
        if len(self.errors) < MAX_LISTED_LINES:
            listed = [{"field": error.field, "message": error.message} for error in errors]
            self.errors.append({"line": line, "errors": listed})

    def add(self, registered: list[Registered]) -> None:
        """Count terminals that were registered together."""
        # If a terminal is named twice, its first line may have created it and the others updated
        # it.
        created = len({item.terminal.id for item in registered if item.created})
        self.warnings.update(warning for item in registered for warning in item.warnings)
        self.created += created
        self.updated += len(registered) - created

    def body(self) -> dict[str, object]:
        """Return the summary as JSON; each warning once, with the number of its terminals."""
        return {
            "created": self.created,
            "updated": self.updated,
            "failed": self.failed,
            "errors": self.errors,
            "warnings": [
                {"field": warning.field, "message": warning.message, "count": count}
                for warning, count in self.warnings.most_common()
            ],
        }


class _Import:
    """One import of an app's terminals."""

    def __init__(self, configured: ConfiguredApp, registration: TerminalRegistration, clock: Clock) -> None:
        self._configured = configured
        self._clock = clock
        self._registration = registration
        self.summary = _Summary()

    async def run(self, stream: AsyncIterator[bytes]) -> None:
        """Register the terminals of all good lines. Raises EngineUnavailable, Overloaded,
        RequestTimedOut.
        """
        batch: list[Terminal] = []
        async for number, line in self._lines(stream):
            if terminal := self._parse(number, line):
                batch.append(terminal)
            if len(batch) == BATCH:
                await self._register(batch)
                self.summary.lines_done, batch = number, []
        await self._register(batch)

    def describe(self, error: PushgateError) -> dict[str, object]:
        """Return the problem of an import that stopped, with the lines that are done by then."""
        problem, done = describe(error), self.summary.lines_done
        if may_have_changed():
            reason = "an engine failed" if isinstance(error, EngineUnavailable) else str(error)
            progress = f"lines 1 to {done} are done" if done else "no line is known to be done"
            problem["detail"] = (
                f"the import stopped: {reason}; {progress}, later ones may be; "
                "send it again: a line counts once"
            )
        return {**problem, "progress": {"lines": done, **self.summary.body()}}

    async def _register(self, batch: list[Terminal]) -> None:
        if batch:
            self.summary.add(await self._registration.register(self._configured.app, batch))

    def _parse(self, number: int, line: bytes) -> Terminal | None:
        try:
            now = self._clock.now()
            written = parse(line, TerminalLine, terminal_checks(now))
            terminal = to_terminal(written.id, written, self._configured.default_language, now)
            check_configured(terminal, self._configured)
        except UnreadableBody:
            self.summary.fail(number, [FieldError("line", "is not a JSON object in UTF-8")])
        except InvalidRequest as error:
            self.summary.fail(number, list(error.errors))
        else:
            return terminal
        return None

    async def _lines(self, stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
        """Yield numbered lines that are not blank. A line that is too long counts as bad and is
        never in memory whole.

        A byte order mark before the first line is dropped.
        """
        rest, number, too_long = b"", 0, False
        async for chunk in stream:
            *complete, rest = (rest + chunk).split(b"\n")
            for line in complete:
                number += 1
                line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line  # noqa: PLW2901  # just cleaned
                if too_long or len(line) > MAX_LINE:
                    self._fail_too_long(number)
                    too_long = False
                elif line.strip():
                    yield number, line
            if len(rest) > MAX_LINE:
                rest, too_long = b"", True
        if too_long:
            self._fail_too_long(number + 1)
        elif (last := rest if number else rest.removeprefix(BYTE_ORDER_MARK)).strip():
            yield number + 1, last

    def _fail_too_long(self, number: int) -> None:
        self.summary.fail(number, [FieldError("line", f"is longer than {MAX_LINE} bytes")])
