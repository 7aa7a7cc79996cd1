"""How far an import is -> JSON. Pure."""

from pushgate.api.problems import describe
from pushgate.api.schemas.imports import ImportStatus
from pushgate.api.times import format_instant, format_known
from pushgate.domain.errors import EngineUnavailable, PushgateError
from pushgate.redis.client import may_have_changed
from pushgate.terminals.bulk.import_state import ImportState


def from_state(state: ImportState) -> dict[str, object]:
    """Return the results of the lines as JSON; each warning once, with the number of its
    terminals.
    """
    warnings = sorted(state.warnings.items(), key=lambda item: -item[1])
    return {
        "lines": state.lines,
        "created": state.created,
        "updated": state.updated,
        "failed": state.failed,
        "errors": [
            {
                "line": bad.line,
                "errors": [{"field": error.field, "message": error.message} for error in bad.errors],
            }
            for bad in state.bad_lines
        ],
        "warnings": [
            {"field": field, "message": message, "count": count} for (field, message), count in warnings
        ],
    }


def from_record(name: str, state: ImportState, *, is_running: bool) -> dict[str, object]:
    """Return how far a named import is."""
    status = ImportStatus.FINISHED if state.finished_at else ImportStatus.STOPPED
    return {
        "name": name,
        "status": ImportStatus.RUNNING if is_running else status,
        "started_at": format_instant(state.started_at),
        "updated_at": format_instant(state.updated_at),
        "finished_at": format_known(state.finished_at),
        **from_state(state),
    }


def describe_stop(error: PushgateError, state: ImportState) -> dict[str, object]:
    """Return the problem of an import that stopped, with the lines that are done by then."""
    problem, done = describe(error), state.lines
    if may_have_changed():
        reason = "an engine failed" if isinstance(error, EngineUnavailable) else str(error)
        progress = f"lines 1 to {done} are done" if done else "no line is known to be done"
        problem["detail"] = (
            f"the import stopped: {reason}; {progress}, later ones may be; send it again: a line counts once"
        )
    return {**problem, "progress": from_state(state)}
