"""A terminal becomes a row for the registry's script, and comes back from its stored record."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.terminal import Terminal
from pushgate.terminals.records import decode_terminal, encode_rows

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


def stored(terminal: Terminal) -> bytes:
    """The record that `register.lua` stores for the terminal's row."""
    ((_, group, _, user, tags, timezone, language),) = msgspec.msgpack.decode(encode_rows([terminal]))
    return msgspec.msgpack.encode([group, 3, 1000, user, tags, timezone, False, False, language])


@pytest.mark.parametrize(
    ("terminal", "row"),
    [
        (PLAIN, ["t1", "fcm/ja", "token", False, [], False, False]),
        (FULL, ["t2", "apns/zh-Hant", "token", "ann", ["vip", "new"], "Asia/Taipei", "zh-TW"]),
    ],
)
def test_a_row_names_the_group_and_the_language_that_differs(terminal: Terminal, row: list[object]) -> None:
    assert msgspec.msgpack.decode(encode_rows([terminal])) == [row]


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
)
def test_a_record_gives_the_terminal_back(terminal: Terminal) -> None:
    assert decode_terminal(terminal.id, stored(terminal), terminal.token.encode()) == terminal


def test_a_language_that_differs_from_the_groups_is_given_back() -> None:
    assert decode_terminal(FULL.id, stored(FULL), b"token") == FULL


def test_a_record_without_a_language_has_the_groups() -> None:
    """A record of an earlier version has eight fields."""
    record = msgspec.msgpack.encode(["apns/fr", 0, 1, False, [], False, False, False])
    assert decode_terminal("t", record, b"x") == Terminal("t", "apns", "x", "fr")
