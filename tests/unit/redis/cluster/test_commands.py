"""Slots of keys, and the keys of commands."""

import pytest
from redis.crc import key_slot

from pushgate.redis.cluster.commands import Word, key_of, slot_of, tag_of_pattern


def test_keys_with_one_hash_tag_share_a_slot() -> None:
    assert slot_of("{q}:schedule") == slot_of(b"{q}") == key_slot(b"q")
    assert slot_of("{shop:1}") != slot_of("{shop:2}")


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (("EVALSHA", "0" * 40, 1, "{shop:0}", "argument"), "{shop:0}"),
        (("EVAL", "return 1", 1, b"{q}"), b"{q}"),
        (("GET", "key"), "key"),
        (("XREAD", "COUNT", 10, "STREAMS", "stream", "0-0"), "stream"),
        (("MEMORY USAGE", "key"), "key"),
        (("XINFO STREAM", "stream"), "stream"),
        (("ZINTERCARD", 2, "first", "second"), "first"),
        (("PING",), None),
        (("PUBLISH", "channel", "text"), None),
    ],
)
def test_a_command_goes_where_its_first_key_is(command: tuple[Word, ...], key: bytes | str | None) -> None:
    assert key_of(command) == key


@pytest.mark.parametrize(
    "command", [("INFO", "server"), ("SCAN", 0), ("CONFIG SET", "a", "b"), ("BGREWRITEAOF",)]
)
def test_a_command_about_a_server_has_no_key(command: tuple[Word, ...]) -> None:
    with pytest.raises(TypeError, match="masters"):
        key_of(command)


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("{q}:regist*:shop:*", "{q}"),
        ("{shop:3}:*", "{shop:3}"),
        ("{shop:*}:i:*", None),
        ("*shop*", None),
        ("*{q}", None),
        ("plain:*", None),
        (None, None),
    ],
)
def test_a_pattern_with_a_hash_tag_matches_keys_of_one_server(pattern: str | None, tag: str | None) -> None:
    assert tag_of_pattern(pattern) == tag
