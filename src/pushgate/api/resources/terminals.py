"""`/v1/terminals`: registration, one by one and as a stream."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import TypeAdapter, ValidationError

from pushgate.api import registration
from pushgate.api.auth import caller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import answer, parse, read, require_media_type
from pushgate.api.json_text import BYTE_ORDER_MARK
from pushgate.api.mapping import from_terminal, merge_terminal, to_terminal
from pushgate.api.openapi import gives, takes
from pushgate.api.partly_readable import of_terminal
from pushgate.api.problems import describe, respond
from pushgate.api.request_schemas import Id, TerminalBody, TerminalChangeBody, TerminalIdInPath, TerminalLine
from pushgate.api.response_schemas import Import, TerminalWithWarnings
from pushgate.api.response_schemas import Terminal as TerminalAnswer
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import Scope
from pushgate.domain.errors import (
    Conflict,
    EngineUnavailable,
    FieldError,
    InvalidRequest,
    NotFound,
    Overloaded,
    PushgateError,
    RequestTimedOut,
    UnreadableBody,
)
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import may_have_changed

router = APIRouter(prefix="/v1", tags=["terminals"])
Registrar = Annotated[ConfiguredApp, Depends(caller(Scope.TERMINALS))]
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")
MAX_BODY = 64 * 1024
MAX_LINE = 64 * 1024
BATCH = 1000
MAX_TOLD = 1000
_CHANGE_ATTEMPTS = 20
_ids = TypeAdapter(Id)


@router.put(
    "/terminals/{terminal_id}",
    operation_id="register_terminal",
    responses=gives(TerminalWithWarnings, 200, "Changed") | gives(TerminalWithWarnings, 201, "New"),
    openapi_extra=takes(TerminalBody),
)
async def register(request: Request, configured: Registrar, terminal_id: TerminalIdInPath) -> Response:
    """Register a terminal, or replace it: 201 when it is new. A token that another terminal had is taken over.

    What the body leaves out is erased. `warnings` tell what has less effect than the caller may expect: a language that
    cannot be as exact as it is written, tags and a time zone, which nothing uses yet.
    """
    written = parse(await read(request, MAX_BODY), TerminalBody, of_terminal)
    terminal = to_terminal(_checked(terminal_id), written, configured.default_language)
    _configured(configured, terminal)
    (made,) = await registration.register(context_of(request), configured, [terminal])
    warnings = [{"field": item.field, "message": item.message} for item in made.warnings]
    return answer({**from_terminal(terminal), "warnings": warnings}, 201 if made.created else 200)


@router.patch(
    "/terminals/{terminal_id}",
    operation_id="change_terminal",
    responses=gives(TerminalWithWarnings),
    openapi_extra=takes(TerminalChangeBody),
)
async def change(request: Request, configured: Registrar, terminal_id: TerminalIdInPath) -> Response:
    """Change what the body names of a terminal and keep the rest; null clears. `warnings` as for a registration."""
    context, known = context_of(request), _checked(terminal_id)
    written = parse(await read(request, MAX_BODY), TerminalChangeBody, of_terminal)
    if not written.model_fields_set:
        raise InvalidRequest([FieldError("body", "name at least one field that is to change")])
    for _ in range(_CHANGE_ATTEMPTS):
        before, version = await context.stores.registry.read_version(configured.app, known)
        terminal = merge_terminal(before, written, configured.default_language)
        if terminal.vendor != before.vendor:
            _configured(configured, terminal)
        warnings = await registration.replace_one(context, configured, terminal, version)
        if warnings is not None:
            told = [{"field": item.field, "message": item.message} for item in warnings]
            return answer({**from_terminal(terminal), "warnings": told})
    raise Conflict("the terminal is being changed by others; try again")


@router.get("/terminals/{terminal_id}", operation_id="get_terminal", responses=gives(TerminalAnswer))
async def show(request: Request, configured: Registrar, terminal_id: TerminalIdInPath) -> Response:
    """A terminal as it is registered."""
    return answer(
        from_terminal(await context_of(request).stores.registry.read(configured.app, _checked(terminal_id)))
    )


@router.delete("/terminals/{terminal_id}", operation_id="delete_terminal", status_code=204)
async def forget(request: Request, configured: Registrar, terminal_id: TerminalIdInPath) -> Response:
    """Forget a terminal: it receives nothing more."""
    if not await context_of(request).stores.registry.forget(configured.app, [_checked(terminal_id)]):
        raise NotFound(f"there is no terminal {terminal_id}")
    return Response(status_code=204)


@dataclass(slots=True)
class _Tally:
    created: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[dict[str, object]] = field(default_factory=list)
    warnings: Counter[FieldError] = field(default_factory=Counter)

    done: int = 0
    """The number of the last line of those that are stored, or told as bad."""

    def told(self) -> dict[str, object]:
        """As JSON."""
        return {
            "created": self.created,
            "updated": self.updated,
            "failed": self.failed,
            "errors": self.errors,
            "warnings": registration.told(self.warnings),
        }

    def fail(self, line: int, faults: list[FieldError]) -> None:
        self.failed += 1
        if len(self.errors) < MAX_TOLD:
            told = [{"field": fault.field, "message": fault.message} for fault in faults]
            self.errors.append({"line": line, "errors": told})


@router.post(
    "/terminals:import",
    operation_id="import_terminals",
    responses=gives(Import),
    openapi_extra=takes(TerminalLine, NDJSON[0], lines=True),
)
async def import_terminals(request: Request, configured: Registrar) -> Response:
    """Register terminals from a stream of any length, one JSON object a line.

    Bad lines are counted, and the first 1,000 told; they do not stop the others. Safe to send again. `warnings` come once
    each, with the number of terminals that they are about.
    """
    require_media_type(request, NDJSON)
    tally = _Tally()
    try:
        await _import(request, configured, tally)
    except (EngineUnavailable, Overloaded, RequestTimedOut) as error:
        return respond(_stopped(error, tally))
    return answer(tally.told())


def _stopped(error: PushgateError, tally: _Tally) -> dict[str, object]:
    """An import that did not come to its end: which lines are done by then."""
    problem = describe(error)
    if may_have_changed():
        why = "an engine failed" if isinstance(error, EngineUnavailable) else str(error)
        done = f"lines 1 to {tally.done} are done" if tally.done else "no line is known to be done"
        problem["detail"] = (
            f"the import stopped: {why}; {done}, later ones may be; send it again: a line counts once"
        )
    return {**problem, "progress": {"lines": tally.done, **tally.told()}}


async def _import(request: Request, configured: ConfiguredApp, tally: _Tally) -> None:
    context, batch = context_of(request), list[Terminal]()
    async for number, line in _lines(request, tally):
        terminal = _terminal(configured, number, line, tally)
        if terminal:
            batch.append(terminal)
        if len(batch) == BATCH:
            await _store(context, configured, batch, tally)
            tally.done, batch = number, []
    await _store(context, configured, batch, tally)


async def _store(
    context: ApiContext, configured: ConfiguredApp, batch: list[Terminal], tally: _Tally
) -> None:
    if batch:
        # Of a terminal that is named twice the first line may have made it, the others have changed it.
        made = await registration.register(context, configured, batch)
        created = len({item.terminal.id for item in made if item.created})
        tally.warnings.update(warning for item in made for warning in item.warnings)
        tally.created += created
        tally.updated += len(batch) - created


def _terminal(configured: ConfiguredApp, number: int, line: bytes, tally: _Tally) -> Terminal | None:
    try:
        written = parse(line, TerminalLine, of_terminal)
        terminal = to_terminal(written.id, written, configured.default_language)
        _configured(configured, terminal)
    except UnreadableBody:
        tally.fail(number, [FieldError("line", "is not a JSON object in UTF-8")])
    except InvalidRequest as error:
        tally.fail(number, list(error.errors))
    else:
        return terminal
    return None


async def _lines(request: Request, tally: _Tally) -> AsyncIterator[tuple[int, bytes]]:
    """Numbered lines that are not blank; one that is too long is told and passed over, never kept whole.

    A byte order mark before the first line is dropped.
    """
    rest, number, overlong = b"", 0, False
    async for chunk in request.stream():
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            number += 1
            line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line  # noqa: PLW2901  # just cleaned
            if overlong or len(line) > MAX_LINE:
                tally.fail(number, [FieldError("line", f"is longer than {MAX_LINE} bytes")])
                overlong = False
            elif line.strip():
                yield number, line
        if len(rest) > MAX_LINE:
            rest, overlong = b"", True
    if overlong:
        tally.fail(number + 1, [FieldError("line", f"is longer than {MAX_LINE} bytes")])
    elif (last := rest if number else rest.removeprefix(BYTE_ORDER_MARK)).strip():
        yield number + 1, last


def _checked(terminal_id: str) -> str:
    try:
        return _ids.validate_python(terminal_id)
    except ValidationError as error:
        allowed = "1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ = + -"
        raise InvalidRequest([FieldError("terminal_id", f"must be {allowed}")]) from error


def _configured(configured: ConfiguredApp, terminal: Terminal) -> None:
    if terminal.vendor not in configured.vendors:
        known = ", ".join(configured.vendors) or "none"
        raise InvalidRequest([FieldError("vendor", f"is not one the app is set up for; it has: {known}")])
