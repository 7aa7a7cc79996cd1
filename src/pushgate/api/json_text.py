"""JSON text of requests: a repeated key and NaN, which decoders accept in silence, are errors.
Pure.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import orjson

from pushgate.api.field_errors import MAX_FIELD_ERRORS, MAX_PATH
from pushgate.domain.errors import FieldError, UnreadableBody

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Pairs = Sequence[tuple[str, object]]


def repeated_keys(text: bytes) -> list[FieldError]:
    """Return an error for each key that an object has more than once, at any depth, at most 100.

    Raises UnreadableBody for text that is not JSON in UTF-8. Compact text, which most clients send,
    costs least. Only text with a repeated key is decoded again for the paths.
    """
    if _is_compact(text):
        return []
    try:
        _decode(_check, text)
    except _Repeated:
        found = islice(_paths(_decode(_tree, text)), MAX_FIELD_ERRORS)
        return [FieldError(path[:MAX_PATH], "is given more than once; give it once") for path in found]
    return []


def _is_compact(text: bytes) -> bool:
    """Whether an encoder would write exactly this text: then it has no repeated key, no NaN and no
    fault.
    """
    try:
        return orjson.dumps(orjson.loads(text)) == text
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


class _Repeated(Exception):
    """An object has a key twice."""


class _Object(dict[str, object]):
    """A JSON object with the keys that it has more than once."""

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        times: dict[str, int] = {}
        for key, _ in pairs:
            times[key] = times.get(key, 0) + 1
        self.repeated = [key for key, count in times.items() if count > 1]


def _refuse_repeated(pairs: Pairs) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Repeated


def _refuse_constant(name: str) -> None:
    raise UnreadableBody(f"the body is not JSON: {name} is not a number of JSON")


def _decoder(hook: Callable[[Pairs], object]) -> json.JSONDecoder:
    # Numbers stay text, because the schema checks their size.
    return json.JSONDecoder(
        object_pairs_hook=hook, parse_int=str, parse_float=str, parse_constant=_refuse_constant
    )


_check = _decoder(_refuse_repeated)
_tree = _decoder(_Object)


def _decode(decoder: json.JSONDecoder, text: bytes) -> object:
    try:
        return decoder.decode(text.decode())
    except RecursionError as error:
        raise UnreadableBody("the body is not readable JSON: it is nested too deeply") from error
    except ValueError as error:
        raise UnreadableBody(f"the body is not JSON in UTF-8: {_where(error)}") from error


def _where(error: ValueError) -> str:
    """Return what is wrong and where, without the text."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return str(error) if not isinstance(error, UnicodeDecodeError) else f"byte {error.start} is not UTF-8"


def _paths(root: object) -> Iterator[str]:
    """Yield the paths of repeated keys, those of outer objects first."""
    waiting: list[tuple[str, object]] = [("", root)]
    while waiting:
        path, value = waiting.pop()
        prefix = f"{path}." if path else ""
        if isinstance(value, _Object):
            yield from (prefix + key for key in value.repeated)
            waiting += [(prefix + key, item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{prefix}{index}", item) for index, item in enumerate(value)]
