"""A terminal becomes a row for the registry's script, and comes back from its stored row."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import shard_of
from pushgate.terminals.rows import (
    bucket_of,
    changed_at,
    decode_id,
    decode_terminal,
    encode_fields,
    encode_terminals,
    group_key,
    names_for,
    numbers_in,
)

NOW = datetime(2026, 11, 28, 12, 0, 0, 1000, tzinfo=UTC)
SEEN, REGISTERED = datetime(2026, 11, 27, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
PLAIN = Terminal("t1", "fcm", "token", "ja", last_seen=SEEN, registered_at=REGISTERED)
FULL = Terminal(
    id="t2",
    vendor="apns",
    token="token",
    language="zh-TW",
    user="ann",
    tags=("vip", "new"),
    timezone="Asia/Taipei",
    app_version="1.2",
    attributes={"plan": "gold", "age": 42, "rate": 0.5, "adult": True},
    last_seen=SEEN,
    registered_at=REGISTERED,
    group_language="zh-Hant",
)


def stored(terminal: Terminal) -> bytes:
    """The slot and the row, as the script would store them with the numbers 0, 1, ... for names."""
    times = int(SEEN.timestamp()), int(REGISTERED.timestamp())
    names = names_for(terminal)
    head = (1_795_867_200_001).to_bytes(6, "little") + struct.pack("<II", times[1], times[0])
    numbers = b"".join(number.to_bytes(3, "little") for number in range(len(names)))
    return b"slot" + head + bytes([len(names)]) + numbers + encode_fields(terminal)


@pytest.mark.parametrize(
    ("terminal", "names", "group"),
    [
        (PLAIN, [], "fcm/ja"),
        (FULL, ["t:vip", "t:new", "z:Asia/Taipei", "v:1.2", "l:zh-TW"], "apns/zh-Hant"),
        (replace(FULL, tags=(), language="zh-Hant-u-nu-hanidec"), ["z:Asia/Taipei", "v:1.2"], "apns/zh-Hant"),
    ],
)
def test_names_are_sent_once_and_a_terminal_lists_their_places(
    terminal: Terminal, names: list[str], group: str
) -> None:
    values = encode_terminals([terminal, terminal], NOW)
    assert values[: len(names) + 1] == [len(names), *names]
    places = struct.pack(f"<{len(names)}H", *range(1, len(names) + 1))
    times = int(SEEN.timestamp()), int(REGISTERED.timestamp())
    one = [terminal.id, bucket_of(terminal.id), group, "token", *times, places, encode_fields(terminal)]
    assert values[len(names) + 1 :] == one * 2


def test_a_terminal_without_times_is_seen_now_and_registered_as_it_is_known() -> None:
    values = encode_terminals([replace(PLAIN, last_seen=None, registered_at=None)], NOW)
    assert values[5:7] == [int(NOW.timestamp()), ""]


texts = st.text("abc", min_size=1, max_size=3)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)


@given(
    st.builds(
        Terminal,
        id=texts,
        vendor=texts,
        token=texts,
        language=texts,
        user=st.none() | texts,
        tags=st.lists(texts, max_size=2).map(tuple),
        timezone=st.none() | texts,
        attributes=st.dictionaries(texts, texts | numbers | st.booleans(), max_size=3),
        app_version=st.none() | texts,
        last_seen=st.just(SEEN),
        registered_at=st.just(REGISTERED),
        group_language=st.none(),
    )
    | st.just(FULL)
)
def test_a_row_gives_the_terminal_back(terminal: Terminal) -> None:
    record, names = stored(terminal), names_for(terminal)
    assert numbers_in(record[4:]) == list(range(len(names)))
    assert decode_id(record[4:]) == terminal.id
    assert changed_at(record) == NOW
    group = group_key(terminal).encode()
    assert decode_terminal(record, terminal.token.encode(), group, [n.encode() for n in names]) == terminal


@pytest.mark.parametrize("shards", [1, 3, 16])
def test_a_shards_terminals_are_spread_over_all_buckets(shards: int) -> None:
    names = [f"terminal-{n}" for n in range(20_000)]
    buckets = {bucket_of(name) for name in names if shard_of(App("shop", shards), name) == 0}
    assert len(buckets) > 0.85 * len(names) / shards
