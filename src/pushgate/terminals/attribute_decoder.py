"""Decodes only the wanted attributes of stored rows and of people's records, for many terminals.
Pure.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from pushgate.terminals.rows import fields_in

Values = tuple[str | None, ...]
"""Stored texts of the wanted attributes, in their order; None for one that is not there."""


class AttributeDecoder:
    """Reads these attributes, and skips the others without decoding them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._absent: Values = (None,) * len(names)
        fields = [f"a{number}" for number in range(len(names))]
        wanted = msgspec.defstruct(
            "Wanted",
            [(field, str | None, None) for field in fields],
            rename=dict(zip(fields, names, strict=True)),
            frozen=True,
            gc=False,
        )
        row = tuple[msgspec.Raw, str | bool, msgspec.Raw, wanted | bool]  # type: ignore[valid-type]
        self._decode_row = msgspec.msgpack.Decoder(row).decode
        self._decode_person = msgspec.msgpack.Decoder(tuple[msgspec.Raw, wanted]).decode  # type: ignore[valid-type]

    def decode_rows(self, rows: Iterable[bytes]) -> tuple[list[str | None], list[Values]]:
        """The users of rows in use, and the wanted attributes of the terminals themselves."""
        decode, absent, users, found = self._decode_row, self._absent, list[str | None](), list[Values]()
        for row in rows:
            _, user, _, own = decode(fields_in(row))
            users.append(cast("str", user) if user else None)
            found.append(cast("Values", msgspec.structs.astuple(own)) if own else absent)
        return users, found

    def decode_person(self, record: bytes) -> Values:
        """The wanted attributes of a person's record, which is empty for no record."""
        if not record:
            return self._absent
        return cast("Values", msgspec.structs.astuple(self._decode_person(record)[1]))
