"""Terms as they are before a portion is added to them: read, and watched, on the connection of the
import.
"""

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
    terms = [(term.encode(), _bucket_of_common(term), some) for term, some in cells.items()]
    commands = Commands()
    watched = {terms_key(head, bucket) for _, bucket, _ in terms}
    commands.add(b"WATCH", *watched, *(ranges_key(head, term) for term, _, _ in terms))
    for term, bucket, some in terms:
        commands.get_field(terms_key(head, bucket), term)
        for number in ranges_of(some):
            commands.get_field(ranges_key(head, term), b"%d" % number)
    answers = iter(await connection.exchange(commands.packed(), commands.count))
    next(answers)
    return [
        ReadTerm(
            term,
            bucket,
            cast("bytes | None", next(answers)),
            {number: cast("bytes | None", next(answers)) for number in ranges_of(some)},
            some,
        )
        for term, bucket, some in terms
    ]


async def read_users(
    connection: PipelinedConnection, head: bytes, cells: Mapping[str, Sequence[Cell]]
) -> list[ReadTerm]:
    """Read the terms of users, most of which are few terminals. `cells` are by term."""
    if not cells:
        return []
    terms = [(term.encode(), bucket_of_term(term), some) for term, some in cells.items()]
    commands = Commands()
    commands.add(b"WATCH", *{terms_key(head, bucket) for _, bucket, _ in terms})
    for term, bucket, _ in terms:
        commands.get_field(terms_key(head, bucket), term)
    answers = await connection.exchange(commands.packed(), commands.count)
    forms = cast("list[bytes | None]", answers[1:])
    found = zip(terms, forms, strict=True)
    read = [ReadTerm(term, bucket, form, {}, some) for (term, bucket, some), form in found if form != WIDE]
    wide = {term.decode(): some for (term, _, some), form in zip(terms, forms, strict=True) if form == WIDE}
    return read + await read_common(connection, head, wide)
