"""A terminal becomes a row for the registry's script, and comes back from its stored row."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import shard_of
from pushgate.terminals.records import bucket_of, decode_id, decode_terminal, encode_terminals, group_of

NOW = datetime(2026, 11, 28, 12, 0, 0, 1000, tzinfo=UTC)
PLAIN = Terminal("t1", "fcm", "token", "ja")
FULL = Terminal(
    id="t2",
    vendor="apns",
    token="token",
    language="zh-TW",
    user="ann",
    tags=("vip", "new"),
    timezone="Asia/Taipei",
    group_language="zh-Hant",
)


def row_of(terminal: Terminal) -> bytes:
    row = encode_terminals([terminal], NOW)[-1]
    assert isinstance(row, bytes)
    return row


@pytest.mark.parametrize(
    ("terminal", "group", "user", "fields"),
    [
        (PLAIN, "fcm/ja", "", ["t1", False, False, [], False]),
        (FULL, "apns/zh-Hant", "ann", ["t2", "ann", "Asia/Taipei", ["vip", "new"], "zh-TW"]),
    ],
)
def test_a_row_has_the_time_and_the_language_that_differs_from_the_groups(
    terminal: Terminal, group: str, user: str, fields: list[object]
) -> None:
    *head, row = encode_terminals([terminal], NOW)
    assert head == [terminal.id, bucket_of(terminal.id), group, "token", user]
    assert isinstance(row, bytes)
    assert int.from_bytes(row[:6], "little") == 1_795_867_200_001
    assert msgspec.msgpack.decode(row[6:]) == fields
    assert decode_id(row) == terminal.id


texts = st.text("abc", min_size=1, max_size=3)


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
        group_language=st.none(),
    )
    | st.just(FULL)
)
def test_a_row_gives_the_terminal_back(terminal: Terminal) -> None:
    record, group = b"slot" + row_of(terminal), group_of(terminal).key.encode()
    assert decode_terminal(record, terminal.token.encode(), group) == terminal


@pytest.mark.parametrize("shards", [1, 3, 16])
def test_a_shards_terminals_are_spread_over_all_buckets(shards: int) -> None:
    names = [f"terminal-{n}" for n in range(20_000)]
    buckets = {bucket_of(name) for name in names if shard_of(App("shop", shards), name) == 0}
    assert len(buckets) > 0.85 * len(names) / shards
