"""W3C trace context (traceparent and tracestate) as messages keep it. Pure."""

import re

MAX_STATE = 256
"""Characters of a tracestate that are passed on; a longer one is left out."""
_MAX_PARENT = 256
_IDS = r"(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
_PARENT = re.compile(rf"00-{_IDS}")
_LATER_PARENT = re.compile(rf"(?!00|ff)[0-9a-f]{{2}}-({_IDS})(?:-.*)?")
"""A version after the first: it begins with the parts of the first."""
_STATE = re.compile(r"[\x20-\x7e]*")


def trace_context(parent: str | None, state: str | None) -> str:
    """The context of a request's header fields as one text: traceparent, a space and tracestate
    where there is one. "" where the traceparent is missing or not valid.
    """
    if parent is None or len(parent) > _MAX_PARENT:
        return ""
    if not _PARENT.fullmatch(parent):
        later = _LATER_PARENT.fullmatch(parent)
        if later is None:
            return ""
        parent = f"00-{later[1]}"
    if not state or len(state) > MAX_STATE or not _STATE.fullmatch(state):
        return parent
    return f"{parent} {state}"
