"""The form in which terminals are sent or wanted, by the media type or by name. Pure."""

from enum import StrEnum

from pushgate.api.http import require_media_type
from pushgate.api.http_request import HeaderFields
from pushgate.domain.errors import UnsupportedMediaType

NDJSON_TYPE, CSV_TYPE = "application/x-ndjson", "text/csv"
_NDJSON_TYPES = (NDJSON_TYPE, "application/ndjson", "application/jsonl", "application/jsonlines")
_CSV_TYPES = (CSV_TYPE, "application/csv")
_ANY_TYPES = ("", "application/octet-stream", "text/plain", "application/x-www-form-urlencoded")
"""Media types that clients send when they do not know the right one. They are accepted where the
query names the form.
"""


class LineFormat(StrEnum):
    """How terminals are written."""

    NDJSON = "ndjson"
    CSV = "csv"


def format_of_body(headers: HeaderFields, named: LineFormat | None) -> LineFormat:
    """Return the form of a body. Raises UnsupportedMediaType."""
    sent = (headers.get("content-type") or "").partition(";")[0].strip().lower()
    if named is None and sent not in _NDJSON_TYPES + _CSV_TYPES:
        forms = f"{NDJSON_TYPE} or {CSV_TYPE}"
        raise UnsupportedMediaType(f"send this with Content-Type: {forms}; or name the form: ?format=csv")
    form = named or (LineFormat.CSV if sent in _CSV_TYPES else LineFormat.NDJSON)
    types = _CSV_TYPES if form is LineFormat.CSV else _NDJSON_TYPES
    require_media_type(headers, (*types, *_ANY_TYPES) if named else types)
    return form
