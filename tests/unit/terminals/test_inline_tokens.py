"""Terminals that a message brings are numbered by group, piece by piece."""

from pushgate.domain.terminal import Group, InlineToken
from pushgate.terminals.inline_tokens import InlineNumbering


def test_slots_go_on_from_piece_to_piece_in_each_group() -> None:
    numbering, group = InlineNumbering(), Group("apns", "en", inline=True)
    first = numbering.number(
        [InlineToken("apns", "a", "en"), InlineToken("fcm", "x", "en"), InlineToken("apns", "b", "en")]
    )
    second = numbering.number([InlineToken("apns", "c", "en")])
    assert first.tokens[group] == (0, ["a", "b"])
    assert list(first.slots()) == [(group, 0), (group, 1), (Group("fcm", "en", inline=True), 0)]
    assert list(second.slots()) == [(group, 2)]
