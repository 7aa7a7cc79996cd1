"""JSON that goes to vendors and comes from them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

Decoded = TypeVar("Decoded")


def decode_json(
    raw: bytes | str | msgspec.Raw, kind: type[Decoded], *, strict: bool = True
) -> Decoded | None:
    """Decode JSON; None where it is not valid, not of this kind, or nested too deeply.

    Without `strict`, a number may come as text.
    """
    try:
        return msgspec.json.decode(raw, type=kind, strict=strict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def require_json(raw: bytes | str | msgspec.Raw, kind: type[Decoded]) -> Decoded:
    """Decode JSON in which a number may come as text. Raises ValueError."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("not in the vendor's form") from error


def is_null(raw: msgspec.Raw) -> bool:
    """Whether a field is null or absent."""
    return bytes(raw) == b"null"


def without_none(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that have a value."""
    return {key: value for key, value in fields.items() if value is not None}


def token_list_encoder(before: bytes, after: bytes) -> Callable[[Sequence[bytes]], bytes]:
    """Return what writes tokens as the items of a JSON list between these parts of a body."""
    return lambda tokens: before + quoted_list(tokens) + after


def quoted_list(tokens: Sequence[bytes]) -> bytes:
    """Write tokens as the items of a JSON list.

    The vendor's token pattern excludes what JSON would escape.
    """
    return b'"' + b'","'.join(tokens) + b'"'
