"""JSON that people type, or that a page carries in a hidden field."""

import orjson

MAX_DEPTH = 64
"""Objects and lists inside each other."""


def parse_json(text: str) -> object:
    """Return what a JSON text stands for. Raises ValueError for another text, and for JSON that no
    call of the API can carry: NaN, half characters, numbers and nesting beyond reason.
    """
    value: object = orjson.loads(text)
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return value
    raise ValueError(f"more than {MAX_DEPTH} objects and lists inside each other")


def _inner(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
