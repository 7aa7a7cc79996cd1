"""Who created the messages of one write, packed and read back."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.audit.creations import pack, unpack
from pushgate.audit.entry import Author
from pushgate.domain.message_id import Position, small_id

AUTHORS = [Author("3f9a61c0be42", "backend", "203.0.113.9"), Author("a" * 12, "", "10.0.0.1"), None]
CREATED_MS, PAGE, SHARD = 1_800_000_000_000, 7, 3
Write = list[list[tuple[Author | None, str]]]
"""For each segment the author of each message, and what became of it: s, f or k."""
writes = st.lists(
    st.lists(st.tuples(st.sampled_from(AUTHORS), st.sampled_from("sfk")), min_size=1, max_size=20),
    min_size=1,
    max_size=5,
)


def packed(write: Write) -> bytes:
    return pack(CREATED_MS, PAGE, enumerate([[author for author, _ in segment] for segment in write]))


def verdicts(write: Write) -> str:
    told = ["".join(verdict for _, verdict in segment) for segment in write]
    told = ["" if set(one) == {"s"} else one for one in told]
    return ",".join(told) if any(told) else ""


@given(writes)
def test_each_stored_message_has_its_author(write: Write) -> None:
    raw = packed(write)
    found = {
        target: entry.author
        for entry in (unpack(raw, verdicts(write), SHARD) if raw else ())
        for target in entry.targets
    }
    assert found == {
        small_id(CREATED_MS, Position(SHARD, PAGE, segment, offset)): author
        for segment, rows in enumerate(write)
        for offset, (author, verdict) in enumerate(rows)
        if author is not None and verdict == "s"
    }


def test_a_write_of_nobody_has_no_entry() -> None:
    assert packed([[(None, "s"), (None, "s")]]) == b""


def test_a_large_batch_of_one_author_costs_few_bytes() -> None:
    assert len(packed([[(AUTHORS[0], "s")] * 256])) < 64
