"""The body of a batch -> its items, each as its bytes. Also the steps that both kinds of batches
share.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
import orjson

from pushgate.api.field_errors import MAX_FIELD_ERRORS, MAX_PATH
from pushgate.api.json_text import repeated_keys
from pushgate.domain.errors import FieldError, InvalidRequest, UnreadableBody

_ITEMS_PER_TURN = 64
Result = dict[str, object]
"""The result of one item as JSON."""
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def split_items(body: bytes, field: str, max_items: int) -> tuple[list[msgspec.Raw], bool]:
    """Return the items of a batch `{field: [...]}`, and whether objects in it have repeated keys.

    Raises UnreadableBody, and InvalidRequest where the form is another or the number of items is
    not from 1 to `max_items`.
    """
    repeated = repeated_keys(body)
    if of_batch := [error for error in repeated if error.field == field]:
        raise InvalidRequest(of_batch)
    items = _split(body, field)
    if not 1 <= len(items) <= max_items:
        raise InvalidRequest([FieldError(field, f"must have 1 to {max_items} items; it has {len(items)}")])
    return items, bool(repeated)


def _split(body: bytes, field: str) -> list[msgspec.Raw]:
    fault = ""
    try:
        envelope = _decode(body)
        unknown = sorted(envelope.keys() - {field})[:MAX_FIELD_ERRORS]
        if unknown and field in envelope:
            raise InvalidRequest(
                [FieldError(name[:MAX_PATH], "is not a known field; leave it out") for name in unknown]
            )
        if field in envelope:
            return _decode_items(envelope[field])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            orjson.loads(body)  # the form may be wrong before the end of the text
        except orjson.JSONDecodeError as unreadable:
            raise UnreadableBody("the body is not JSON in UTF-8") from unreadable
        fault = f": {error}"
    raise InvalidRequest([FieldError("body", f'must be {{"{field}": [...]}}{fault}')])


async def in_turns(items: Sequence[msgspec.Raw]) -> AsyncIterator[bytes]:
    """Yield the items; other requests get their turn in between."""
    for number, item in enumerate(items):
        if number % _ITEMS_PER_TURN == 0:
            await asyncio.sleep(0)  # checking an item never waits, so other requests would not run
        yield bytes(item)


def refused(problem: Mapping[str, object]) -> Result:
    """Return the result of an item that has this problem."""
    return {"status": problem["status"], "problem": problem}
