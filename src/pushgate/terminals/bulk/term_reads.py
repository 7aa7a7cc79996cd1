"""Reads and watches terms, on the import's connection, before a portion is added to them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.slot_bits import Cell
from pushgate.terminals.bulk.term_forms import WIDE, ReadTerm, ranges_key, ranges_of, terms_key
from pushgate.terminals.terms import bucket_of_term

_bucket_of_common = lru_cache(maxsize=16_384)(bucket_of_term)


async def read_common(
    connection: PipelinedConnection, head: bytes, cells: Mapping[str, Sequence[Cell]]
) -> list[ReadTerm]:
    """Read terms that many terminals have, with the ranges to which the portion adds."""
    if not cells:
        return []
    terms = [(term.encode(), terms_key(head, _bucket_of_common(term)), some) for term, some in cells.items()]
    commands = Commands()
    commands.add(b"WATCH", *{key for _, key, _ in terms}, *(ranges_key(head, term) for term, _, _ in terms))
    for term, key, some in terms:
        commands.get_field(key, term)
        for number in ranges_of(some):
            commands.get_field(ranges_key(head, term), b"%d" % number)
    answers = iter(await connection.exchange(commands.packed(), commands.count))
    next(answers)
    return [
        ReadTerm(
            term,
            key,
            cast("bytes | None", next(answers)),
            {number: cast("bytes | None", next(answers)) for number in ranges_of(some)},
            some,
        )
        for term, key, some in terms
    ]


async def read_users(
    connection: PipelinedConnection, head: bytes, cells: Mapping[str, Sequence[Cell]]
) -> list[ReadTerm]:
    """Read the terms of users, most of which are few terminals. `cells` are by term."""
    if not cells:
        return []
    terms = [(term.encode(), terms_key(head, bucket_of_term(term)), some) for term, some in cells.items()]
    commands = Commands()
    commands.add(b"WATCH", *{key for _, key, _ in terms})
    for term, key, _ in terms:
        commands.get_field(key, term)
    answers = await connection.exchange(commands.packed(), commands.count)
    forms = cast("list[bytes | None]", answers[1:])
    found = zip(terms, forms, strict=True)
    read = [ReadTerm(term, key, form, {}, some) for (term, key, some), form in found if form != WIDE]
    wide = {term.decode(): some for (term, _, some), form in zip(terms, forms, strict=True) if form == WIDE}
    return read + await read_common(connection, head, wide)
