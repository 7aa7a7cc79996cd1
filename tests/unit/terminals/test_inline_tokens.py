"""Terminals that a message brings are numbered piece by piece, each block for one group."""

from pushgate.domain.terminal import Group, InlineToken
from pushgate.terminals.inline_tokens import InlineNumbering

APNS, FCM = Group("apns", "en", inline=True), Group("fcm", "en", inline=True)


def test_slots_go_on_from_piece_to_piece_in_each_group() -> None:
    numbering = InlineNumbering()
    first = numbering.number(
        [InlineToken("apns", "a", "en"), InlineToken("fcm", "x", "en"), InlineToken("apns", "b", "en")]
    )
    second = numbering.number([InlineToken("apns", "c", "en")])
    assert first.tokens == {0: "a", 1024: "x", 1: "b"}
    assert first.opened == {0: APNS, 1: FCM}
    assert list(first.slots()) == [(APNS, 0), (FCM, 1024), (APNS, 1)]
    assert list(second.slots()) == [(APNS, 2)]
    assert second.opened == {}


def test_a_full_block_is_followed_by_one_of_the_same_group() -> None:
    numbering = InlineNumbering()
    numbering.number([InlineToken("apns", f"a{n}", "en") for n in range(1024)])
    numbering.number([InlineToken("fcm", "x", "en")])
    piece = numbering.number([InlineToken("apns", "b", "en"), InlineToken("fcm", "y", "en")])
    assert piece.tokens == {2048: "b", 1025: "y"}
    assert piece.opened == {2: APNS}
