"""The synchronous half of the Python client from the asynchronous one. Pure."""

import re

_RULES = (
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsyncGenerator\b", "Generator"),
    (r"\basyncio\b", "time"),
    (r"\baclosing\b", "closing"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\basync_(\w+)", r"\1"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAn async\b", "A"),
    (r"\ba(close|read|iter_lines|iter_bytes)\b", r"\1"),
    (r"__a(enter|exit|iter)__", r"__\1__"),
    # The last rule: another one would take `async_` off the name.
    (
        r" `(\w+)\.py` is made from this file\.",
        r"\n\nMade from `async_\1.py` by `make clients`; do not edit.\n",
    ),
)


def synchronous(source: str) -> str:
    """Return the synchronous form of a module's source."""
    for pattern, replacement in _RULES:
        source = re.sub(pattern, replacement, source)
    return source
