"""The reference of log actions, from the calls that log them."""

import ast
from typing import Final

from docs.generator.source import Call, find_calls, text_of

from pushgate.worker.circuit_breaker import BreakerState

HEAD: Final = """# Log actions

Generated from the code by `make docs`. [Monitor an installation](../how-to/monitor.md#logs) explains the
important actions and says what to do.

Logs are JSON lines on standard error. Each line has `action`, `event` (a text for people, which may
change), `level`, `timestamp` and `process`.
Further fields hold ids and codes: never push tokens, content or secrets. `log.level` decides which
levels are written.

| `action` | Level | Text | From |
|---|---|---|---|
"""
LEVELS: Final = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
}


def log_actions() -> str:
    """The whole document."""
    rows = {
        (action, level, text, call.module.partition("/")[0])
        for call in find_calls()
        for action, level, text in _logged(call)
    }
    return HEAD + "".join(
        f"| `{action}` | {level} | {text} | `{package}` |\n" for action, level, text, package in sorted(rows)
    )


def _logged(call: Call) -> list[tuple[str, str, str]]:
    action = call.argument(-1, "action")
    if isinstance(action, ast.JoinedStr):  # breaker_{state}: the level follows from the state
        return [(f"breaker_{state.value}", "by the state", "circuit breaker") for state in BreakerState]
    name, level = text_of(action), LEVELS.get(call.function)
    if call.function in ("isolate_fault", "isolate_and_put_off"):
        work = text_of(call.argument(0, "work"))
        if name is None or work is None:  # a call that passes on what its own caller says
            return []
        return [(name, "warning", f"{work} interrupted"), (name, "error", f"{work} failed")]
    if name is None or level is None:
        return []
    return [(name, level, text_of(call.argument(0, "event")) or "")]
